import type { ChatRequest, ToolDefinition } from '../contract/chat-request.js';
import type { ChatMessage } from '../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.js';
import { TOKENS_PER_IMAGE, TOKENS_PER_MESSAGE, TOKENS_PER_SOUND } from './token-weights.js';

/** Few, so that the sum is rather too high: of English text some four make a token, of Chinese three. */
const BYTES_PER_TOKEN = 3;
/** What is reserved for an answer of unknown length at least. */
const LEAST_OUTPUT_TOKENS = 500;

export interface Demand {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * What a request may use at most, to reserve it from limits and budgets before the vendor counts.
 * `largestAnswer`: tokens of the largest answer seen of its kind, which stands in where the caller set no limit.
 */
export function estimateDemand(asked: ChatRequest, largestAnswer: number | undefined): Demand {
  const sum: Sum = { bytes: 0, tokens: 0 };
  for (const { content } of asked.messages) {
    sum.tokens += TOKENS_PER_MESSAGE;
    for (const part of content) addPart(part, sum);
  }
  for (const tool of asked.tools ?? []) addTool(tool, sum);
  if (asked.responseFormat?.type === 'json-schema') sum.bytes += countBytes(asked.responseFormat.schema);
  return {
    inputTokens: sum.tokens + Math.ceil(sum.bytes / BYTES_PER_TOKEN),
    outputTokens: estimateOutput(asked, largestAnswer ?? 0),
  };
}

function estimateOutput({ sampling }: ChatRequest, largestAnswer: number): number {
  const answers = sampling.n ?? 1;
  if (sampling.maxTokens !== undefined) return sampling.maxTokens * answers;
  return Math.max(largestAnswer, LEAST_OUTPUT_TOKENS * answers);
}

interface Sum {
  bytes: number;
  tokens: number;
}

function addPart(part: ChatMessage['content'][number], sum: Sum): void {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      sum.bytes += Buffer.byteLength(part.text);
      return;
    case 'tool-call':
      sum.bytes += Buffer.byteLength(part.name) + Buffer.byteLength(part.arguments);
      return;
    case 'image':
      sum.tokens += TOKENS_PER_IMAGE;
      return;
    case 'document':
      if (part.source.kind === 'text') sum.bytes += Buffer.byteLength(part.source.text);
      else sum.tokens += TOKENS_PER_IMAGE;
      return;
    case 'opaque':
      sum.bytes += countBytes(part.value);
      return;
    case 'redacted-reasoning':
      sum.bytes += part.data.length;
      return;
    case 'audio':
      sum.tokens += TOKENS_PER_SOUND;
  }
}

function addTool({ name, description, parameters, native }: ToolDefinition, sum: Sum): void {
  sum.bytes += Buffer.byteLength(name) + Buffer.byteLength(description ?? '');
  if (parameters !== undefined) sum.bytes += countBytes(parameters);
  if (native !== undefined) sum.bytes += countBytes(native.value);
}

/** Punctuation around a member or an element, and what a number or a literal takes. */
const BYTES_AROUND = 4;

/**
 * About the length of the value's JSON text, whose names are taken to be plain ASCII. A list instead of calls: callers
 * may nest deeper than a stack goes.
 */
function countBytes(value: JsonObject): number {
  let bytes = 0;
  const waiting: JsonValue[] = [value];
  const add = (member: JsonValue | undefined): void => {
    bytes += BYTES_AROUND;
    if (typeof member === 'string') bytes += Buffer.byteLength(member);
    else if (typeof member === 'object' && member !== null) waiting.push(member);
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (Array.isArray(next)) next.forEach(add);
    else if (isJsonObject(next))
      for (const name in next) {
        bytes += name.length;
        add(next[name]);
      }
  }
  return bytes;
}
