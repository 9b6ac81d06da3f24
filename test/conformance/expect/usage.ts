import { isStream } from '../apis.js';
import type { Recording } from '../recording.js';
import { present, toCount, toList, toMembers, toText, type Members } from './json.js';
import { readSse } from './read-sse.js';

/** What a vendor says that a call used, read by hand: `input` and `output` are totals, the rest are parts of them. */
export interface SaidUsage {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWrite1h?: number;
  readonly reasoning?: number;
  readonly inputAudio?: number;
  readonly outputAudio?: number;
  readonly webSearches?: number;
}

export interface Said {
  readonly usage: SaidUsage | undefined;
  /** The model that the vendor says it served; empty where it does not. */
  readonly model: string;
  /** Nano-dollars, where the vendor itself tells the price. */
  readonly ownCost: number | undefined;
}

export function readSaid(recording: Recording): Said {
  const objects = readObjects(recording);
  const { api } = recording.meta;
  if (api === 'anthropic.messages') return readAnthropic(objects);
  if (api.endsWith('.responses')) return readResponses(objects);
  if (api.endsWith('.embeddings')) return readEmbeddings(objects);
  return api.startsWith('gemini.') ? readGemini(objects) : readChat(objects);
}

function readObjects({ body, ...recording }: Recording): readonly Members[] {
  if (!isStream({ body, ...recording })) return [toMembers(JSON.parse(new TextDecoder().decode(body)))];
  return readSse(body)
    .filter(({ data }) => data.trimStart().startsWith('{'))
    .map(({ data }) => toMembers(JSON.parse(data)));
}

/** The total has the reasoning in it everywhere, which xAI leaves out of `completion_tokens`. */
function readChat(objects: readonly Members[]): Said {
  const usage = lastOf(objects, (object) => object['usage'] ?? toMembers(object['x_groq'])['usage']);
  const input = toCount(usage['prompt_tokens']);
  const total = toCount(usage['total_tokens']);
  const prompt = toMembers(usage['prompt_tokens_details']);
  const answer = toMembers(usage['completion_tokens_details']);
  return {
    model: modelOf(objects, 'model'),
    ownCost: readOwnCost(usage),
    usage: reported({
      input,
      output: total === undefined ? toCount(usage['completion_tokens']) : total - (input ?? 0),
      cacheRead: toCount(usage['prompt_cache_hit_tokens']) ?? toCount(prompt['cached_tokens']),
      cacheWrite: toCount(prompt['cache_write_tokens']),
      reasoning: toCount(answer['reasoning_tokens']) ?? toCount(usage['reasoning_tokens']),
      inputAudio: toCount(prompt['audio_tokens']),
      outputAudio: toCount(answer['audio_tokens']),
    }),
  };
}

function readResponses(objects: readonly Members[]): Said {
  const responses = objects.map((object) => ('response' in object ? toMembers(object['response']) : object));
  const usage = lastOf(responses, (response) => response['usage']);
  const prompt = toMembers(usage['input_tokens_details']);
  return {
    model: modelOf(responses, 'model'),
    ownCost: readOwnCost(usage),
    usage: reported({
      input: toCount(usage['input_tokens']),
      output: toCount(usage['output_tokens']),
      cacheRead: toCount(prompt['cached_tokens']),
      cacheWrite: toCount(prompt['cache_write_tokens']),
      reasoning: toCount(toMembers(usage['output_tokens_details'])['reasoning_tokens']),
    }),
  };
}

/** `input_tokens` is without the cache; the report at a stream's end corrects the one at its beginning. */
function readAnthropic(objects: readonly Members[]): Said {
  const messages = objects.map((object) => ('message' in object ? toMembers(object['message']) : object));
  const usage: Record<string, unknown> = {};
  for (const message of messages)
    for (const [name, value] of Object.entries(toMembers(message['usage'])))
      if (value !== null) usage[name] = value;
  const fresh = toCount(usage['input_tokens']);
  const cacheRead = toCount(usage['cache_read_input_tokens']);
  const cacheWrite = toCount(usage['cache_creation_input_tokens']);
  return {
    model: modelOf(messages, 'model'),
    ownCost: undefined,
    usage: reported({
      input: fresh === undefined ? undefined : fresh + (cacheRead ?? 0) + (cacheWrite ?? 0),
      output: toCount(usage['output_tokens']),
      cacheRead,
      cacheWrite,
      cacheWrite1h: toCount(toMembers(usage['cache_creation'])['ephemeral_1h_input_tokens']),
      reasoning: toCount(toMembers(usage['output_tokens_details'])['thinking_tokens']),
      webSearches: toCount(toMembers(usage['server_tool_use'])['web_search_requests']),
    }),
  };
}

/** What is not the prompt is the answer: candidates and, beside them, thoughts. */
function readGemini(objects: readonly Members[]): Said {
  const usage = lastOf(objects, (object) => object['usageMetadata']);
  const input = toCount(usage['promptTokenCount']);
  const total = toCount(usage['totalTokenCount']);
  const isAudio = (detail: unknown): boolean => toMembers(detail)['modality'] === 'AUDIO';
  const audioOf = (name: string): number | undefined =>
    toCount(toMembers(toList(usage[name]).find(isAudio))['tokenCount']);
  return {
    model: modelOf(objects, 'modelVersion'),
    ownCost: undefined,
    usage: reported({
      input,
      output: total === undefined ? undefined : total - (input ?? 0),
      cacheRead: toCount(usage['cachedContentTokenCount']),
      reasoning: toCount(usage['thoughtsTokenCount']),
      inputAudio: audioOf('promptTokensDetails'),
      outputAudio: audioOf('candidatesTokensDetails'),
    }),
  };
}

function readEmbeddings(objects: readonly Members[]): Said {
  const usage = lastOf(objects, (object) => object['usage']);
  const input = toCount(usage['total_tokens']);
  return { model: modelOf(objects, 'model'), ownCost: undefined, usage: reported({ input }) };
}

/** OpenRouter tells dollars, xAI ten-billionths of one. */
function readOwnCost(usage: Members): number | undefined {
  const ticks = toCount(usage['cost_in_usd_ticks']);
  const dollars = toCount(usage['cost']);
  if (ticks !== undefined) return Math.round(ticks / 10);
  return dollars === undefined ? undefined : Math.round(dollars * 1e9);
}

function lastOf(objects: readonly Members[], find: (object: Members) => unknown): Members {
  const found = objects.map((object) => toMembers(find(object))).filter((one) => Object.keys(one).length > 0);
  return found.at(-1) ?? {};
}

function modelOf(objects: readonly Members[], name: string): string {
  return objects.map((object) => toText(object[name])).find((model) => model !== '') ?? '';
}

function reported(usage: { [Name in keyof SaidUsage]: SaidUsage[Name] | undefined }): SaidUsage | undefined {
  const found = present<SaidUsage>(usage);
  return Object.keys(found).length === 0 ? undefined : found;
}
