import { expect } from 'vitest';
import type { WireFormatName } from '../../src/contract/wire-format-name.js';
import { readAnthropicBody, readAnthropicStream } from './expect/anthropic-messages.js';
import { toMembers, toText } from './expect/json.js';
import { readOpenaiChatBody, readOpenaiChatStream } from './expect/openai-chat.js';
import { readSimpleBody, readSimpleStream } from './expect/simple-chat.js';
import type { ReadAnswer, Reading, ReadToolCall, ReadUsage } from './reading.js';

/** A format in which the same question is asked, and what of an answer it can say. */
export interface Caller {
  readonly format: WireFormatName;
  readonly path: string;
  readonly readBody: (body: Uint8Array) => Reading;
  readonly readStream: (body: Uint8Array) => Reading;
  /** Members that this format must have beside model, messages and stream. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly hasSeveralAnswers: boolean;
  readonly usage: readonly (keyof ReadUsage)[];
  /** Ids of tool calls that this format can carry as they are. */
  readonly toolId: RegExp;
  /** The message of an error body in this format; empty where the body has another shape. */
  readonly readError: (body: unknown) => string;
}

export const CALLERS: readonly Caller[] = [
  {
    format: 'simple-chat',
    path: '/v1/chat',
    readBody: readSimpleBody,
    readStream: readSimpleStream,
    members: {},
    hasSeveralAnswers: false,
    usage: ['input', 'output'],
    toolId: /./,
    readError: (body) => toText(toMembers(body)['error']),
  },
  {
    format: 'openai-chat',
    path: '/v1/chat/completions',
    readBody: readOpenaiChatBody,
    readStream: readOpenaiChatStream,
    members: { stream_options: { include_usage: true } },
    hasSeveralAnswers: true,
    usage: ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'],
    toolId: /./,
    readError: (body) => toText(toMembers(toMembers(body)['error'])['message']),
  },
  {
    format: 'anthropic-messages',
    path: '/v1/messages',
    readBody: readAnthropicBody,
    readStream: readAnthropicStream,
    members: { max_tokens: 1000 },
    hasSeveralAnswers: false,
    usage: ['input', 'output', 'cacheRead', 'cacheWrite'],
    toolId: /^[a-zA-Z0-9_-]+$/,
    readError: (body) =>
      toMembers(body)['type'] === 'error' ? toText(toMembers(toMembers(body)['error'])['message']) : '',
  },
];

export interface Exchange {
  readonly isStream: boolean;
  readonly isSameFormat: boolean;
}

/** What the caller was told must be what the vendor said, as far as the caller's format can say it. */
export function expectSame(caller: Caller, said: Reading, told: Reading, exchange: Exchange): void {
  const answers = caller.hasSeveralAnswers ? said.answers : said.answers.slice(0, 1);
  expect(told.answers).toHaveLength(answers.length);
  for (const [index, answer] of answers.entries()) {
    const got = told.answers[index]!;
    expect(words(got, caller, exchange)).toBe(words(answer, caller, exchange));
    expect(got.reasoning).toBe(answer.reasoning);
    // Formats differ in what ends a refusal; whole simple answers have no finish reason.
    if (answer.refusal === '' && (caller.format !== 'simple-chat' || exchange.isStream)) {
      expect(got.finish).toBe(answer.finish);
    }
    expectCalls(caller, answer.toolCalls, got.toolCalls, exchange);
  }
  if (said.usage !== undefined) {
    const counts = (usage: ReadUsage | undefined) =>
      Object.fromEntries(caller.usage.map((name) => [name, usage?.[name] ?? 0]));
    expect(counts(told.usage)).toEqual(counts(said.usage));
  }
  expect(told.error).toBeUndefined();
  expect(told.isEnded).toBe(true);
}

/**
 * Formats without a place for refusals write them as text. Anthropic refuses text blocks of nothing but white space when
 * they come back, so that none is made of another vendor's space after a tool call.
 */
function words(answer: ReadAnswer, caller: Caller, { isSameFormat }: Exchange): string {
  const text = answer.text + answer.refusal;
  return caller.format === 'anthropic-messages' && !isSameFormat ? text.trimEnd() : text;
}

function expectCalls(
  caller: Caller,
  said: readonly ReadToolCall[],
  told: readonly ReadToolCall[],
  { isSameFormat }: Exchange,
): void {
  expect(told.map(({ name }) => name)).toEqual(said.map(({ name }) => name));
  for (const [index, call] of said.entries()) {
    const got = told[index]!;
    if (isSameFormat || (call.id !== '' && caller.toolId.test(call.id))) expect(got.id).toBe(call.id);
    else expect(got.id).toMatch(caller.toolId);
    const meant = toValue(call.arguments);
    // Free text of a custom tool has to stand somewhere in an object where the format has objects only.
    if (typeof meant === 'string') expect(got.arguments).toContain(JSON.stringify(meant).slice(1, -1));
    else expect(toValue(got.arguments)).toEqual(meant);
  }
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
}

function toValue(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
