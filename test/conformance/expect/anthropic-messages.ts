import { emptyAnswer, type ReadFinish, type Reading, type ReadUsage } from '../reading.js';
import { present, toCount, toList, toMembers, toText, type Members } from './json.js';
import { readSse } from './read-sse.js';

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const FINISHES: Readonly<Record<string, ReadFinish>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** https://platform.claude.com/docs/en/api/messages */
export function readAnthropicBody(body: Uint8Array): Reading {
  const json = toMembers(JSON.parse(new TextDecoder().decode(body)));
  const answer = emptyAnswer();
  if (json['type'] === 'error')
    return { answers: [], usage: undefined, error: readError(json), isEnded: false };
  for (const item of toList(json['content'])) {
    const block = toMembers(item);
    if (block['type'] === 'text') answer.text += toText(block['text']);
    if (block['type'] === 'thinking') answer.reasoning += toText(block['thinking']);
    if (block['type'] === 'tool_use') {
      answer.toolCalls.push({
        id: toText(block['id']),
        name: toText(block['name']),
        arguments: JSON.stringify(block['input']),
      });
    }
  }
  answer.finish = readFinish(json['stop_reason']);
  answer.refusal = readRefusal(json);
  return { answers: [answer], usage: readUsage(toMembers(json['usage'])), error: undefined, isEnded: true };
}

/**
 * https://platform.claude.com/docs/en/build-with-claude/streaming: blocks are told apart by `index`, the usage of
 * `message_delta` is cumulative and replaces what `message_start` said.
 */
export function readAnthropicStream(body: Uint8Array): Reading {
  const answer = emptyAnswer();
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  let usage: Members | undefined;
  for (const { data } of readSse(body)) {
    const json = toMembers(JSON.parse(data));
    const index = toCount(json['index']) ?? -1;
    const block = toMembers(json['content_block']);
    const delta = toMembers(json['delta']);
    const told = { answers: [answer], usage: usage && readUsage(usage) };
    switch (json['type']) {
      case 'message_start':
        usage = toMembers(toMembers(json['message'])['usage']);
        break;
      case 'content_block_start':
        answer.text += block['type'] === 'text' ? toText(block['text']) : '';
        answer.reasoning += block['type'] === 'thinking' ? toText(block['thinking']) : '';
        if (block['type'] === 'tool_use') {
          const call = { id: toText(block['id']), name: toText(block['name']), arguments: '' };
          calls.set(index, call);
          answer.toolCalls.push(call);
        }
        break;
      case 'content_block_delta': {
        answer.text += toText(delta['text']);
        answer.reasoning += toText(delta['thinking']);
        const call = calls.get(index);
        if (call !== undefined) call.arguments += toText(delta['partial_json']);
        break;
      }
      case 'message_delta':
        answer.finish = readFinish(delta['stop_reason']) ?? answer.finish;
        answer.refusal += readRefusal(delta);
        usage = { ...usage, ...withoutNull(toMembers(json['usage'])) };
        break;
      case 'message_stop':
        return { ...told, error: undefined, isEnded: true };
      case 'error':
        return { ...told, error: readError(json), isEnded: false };
      default:
        break;
    }
  }
  return { answers: [answer], usage: usage && readUsage(usage), error: undefined, isEnded: false };
}

/** `input_tokens` is only what the cache had no part in. */
function readUsage(usage: Members): ReadUsage {
  const cacheRead = toCount(usage['cache_read_input_tokens']);
  const cacheWrite = toCount(usage['cache_creation_input_tokens']);
  const uncached = toCount(usage['input_tokens']);
  return present<ReadUsage>({
    input: uncached === undefined ? undefined : uncached + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: toCount(usage['output_tokens']),
    cacheRead,
    cacheWrite,
    reasoning: toCount(toMembers(usage['output_tokens_details'])['thinking_tokens']),
  });
}

function withoutNull(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function readFinish(value: unknown): ReadFinish | null {
  return typeof value === 'string' ? (FINISHES[value] ?? 'stop') : null;
}

/** Why the answer was refused, where the vendor says it: the only words of such an answer. */
function readRefusal(members: Members): string {
  return members['stop_reason'] === 'refusal'
    ? toText(toMembers(members['stop_details'])['explanation'])
    : '';
}

function readError(json: Members): string {
  return toText(toMembers(json['error'])['message']);
}
