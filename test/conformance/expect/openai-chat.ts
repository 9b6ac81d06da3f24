import { emptyAnswer, type ReadAnswer, type ReadFinish, type Reading, type ReadUsage } from '../reading.js';
import { present, toCount, toList, toMembers, toText, type Members } from './json.js';
import { readSse } from './read-sse.js';

const FINISHES: Readonly<Record<string, ReadFinish>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
};

/** A chat completion: https://platform.openai.com/docs/api-reference/chat/object, and what compatible vendors make of it. */
export function readOpenaiChatBody(body: Uint8Array): Reading {
  const json = toMembers(JSON.parse(new TextDecoder().decode(body)));
  if (json['error'] != null) return { ...NOTHING, error: errorText(json['error']) };
  const answers: ReadAnswer[] = [];
  for (const item of toList(json['choices'])) {
    const choice = toMembers(item);
    const answer = emptyAnswer();
    addMessage(answer, toMembers(choice['message']));
    answer.finish = readFinish(choice['finish_reason']);
    answers[toCount(choice['index']) ?? 0] = answer;
  }
  return { answers, usage: readUsage(json['usage']), error: undefined, isEnded: true };
}

const NOTHING: Reading = { answers: [], usage: undefined, error: undefined, isEnded: false };

/** Chunks: https://platform.openai.com/docs/api-reference/chat/streaming. Nothing after an error counts. */
export function readOpenaiChatStream(body: Uint8Array): Reading {
  const answers: ReadAnswer[] = [];
  const places = new Map<string, number>();
  let usage: ReadUsage | undefined;
  for (const { data } of readSse(body)) {
    if (data === '[DONE]') return { answers, usage, error: undefined, isEnded: true };
    const json = toMembers(JSON.parse(data));
    usage = readUsage(json['usage']) ?? readUsage(toMembers(json['x_groq'])['usage']) ?? usage;
    if (json['error'] != null) return { answers, usage, error: errorText(json['error']), isEnded: false };
    for (const item of toList(json['choices'])) {
      const choice = toMembers(item);
      const index = toCount(choice['index']) ?? 0;
      const answer = (answers[index] ??= emptyAnswer());
      addDelta(answer, toMembers(choice['delta']), index, places);
      answer.finish = readFinish(choice['finish_reason']) ?? answer.finish;
    }
  }
  return { answers, usage, error: undefined, isEnded: false };
}

function addMessage(answer: ReadAnswer, message: Members): void {
  addTexts(answer, message);
  for (const item of toList(message['tool_calls'])) {
    const call = toMembers(item);
    answer.toolCalls.push({ id: toText(call['id']), ...readFunction(call) });
  }
  if (message['function_call'] != null) {
    answer.toolCalls.push({ id: '', ...readFunction({ function: message['function_call'] }) });
  }
}

/** `content` is text, or at Mistral a list of `text` and `thinking` parts. What is spoken counts as text. */
function addTexts(answer: ReadAnswer, source: Members): void {
  answer.text += toText(source['content']) + toText(toMembers(source['audio'])['transcript']);
  answer.refusal += toText(source['refusal']);
  answer.reasoning += toText(source['reasoning_content'] ?? source['reasoning']);
  for (const item of toList(source['content'])) {
    const part = toMembers(item);
    if (part['type'] === 'text') answer.text += toText(part['text']);
    if (part['type'] === 'thinking') {
      for (const piece of toList(part['thinking'])) answer.reasoning += toText(toMembers(piece)['text']);
    }
  }
}

/** Vendors count calls from 0 or 1 or not at all: the order in which their indexes show up is what counts. */
function addDelta(answer: ReadAnswer, delta: Members, choice: number, places: Map<string, number>): void {
  addTexts(answer, delta);
  for (const item of toList(delta['tool_calls'])) {
    const call = toMembers(item);
    const id = toText(call['id']);
    const key = `${String(choice)}/${String(toCount(call['index']) ?? id)}`;
    const place = places.get(key) ?? answer.toolCalls.length;
    places.set(key, place);
    const known = (answer.toolCalls[place] ??= { id: '', name: '', arguments: '' });
    const piece = readFunction(call);
    known.id ||= id;
    known.name ||= piece.name;
    known.arguments += piece.arguments;
  }
}

function readFunction(call: Members): { name: string; arguments: string } {
  const custom = toMembers(call['custom']);
  if (call['type'] === 'custom') return { name: toText(custom['name']), arguments: toText(custom['input']) };
  const called = toMembers(call['function']);
  return { name: toText(called['name']), arguments: toText(called['arguments']) };
}

function readFinish(value: unknown): ReadFinish | null {
  return typeof value === 'string' ? (FINISHES[value] ?? 'stop') : null;
}

/**
 * `prompt_tokens` has the cached ones in it. `completion_tokens` has the reasoning in it at OpenAI; xAI and Gemini's
 * compatible endpoint leave it out there and count it in `total_tokens` only.
 */
function readUsage(value: unknown): ReadUsage | undefined {
  if (value == null) return undefined;
  const usage = toMembers(value);
  const prompt = toMembers(usage['prompt_tokens_details']);
  const completion = toMembers(usage['completion_tokens_details']);
  const input = toCount(usage['prompt_tokens']);
  const output = toCount(usage['completion_tokens']);
  const total = toCount(usage['total_tokens']);
  const generated =
    total !== undefined && input !== undefined ? Math.max(output ?? 0, total - input) : output;
  return present<ReadUsage>({
    input,
    output: generated,
    cacheRead: toCount(prompt['cached_tokens']) ?? toCount(usage['prompt_cache_hit_tokens']),
    cacheWrite: toCount(prompt['cache_write_tokens']) ?? toCount(prompt['cache_creation_tokens']),
    reasoning: toCount(completion['reasoning_tokens']) ?? toCount(usage['reasoning_tokens']),
  });
}

function errorText(error: unknown): string {
  return typeof error === 'string' ? error : toText(toMembers(error)['message']);
}
