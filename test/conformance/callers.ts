import { expect } from 'vitest';
import type { WireFormatName } from '../../src/contract/wire-format-name.js';
import type { InboundFormat } from '../../src/contract/wire-format.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../../src/formats/anthropic-messages/anthropic-messages.format.js';
import { OPENAI_CHAT_INBOUND } from '../../src/formats/openai-chat/openai-chat.format.js';
import { OPENAI_RESPONSES_INBOUND } from '../../src/formats/openai-responses/openai-responses.format.js';
import { SIMPLE_CHAT_INBOUND } from '../../src/formats/simple-chat/simple-chat.format.js';
import { readAnthropicBody, readAnthropicStream } from './expect/anthropic-messages.js';
import { toMembers, toText } from './expect/json.js';
import { readOpenaiChatBody, readOpenaiChatStream } from './expect/openai-chat.js';
import { readResponsesBody, readResponsesStream } from './expect/openai-responses.js';
import { readSimpleBody, readSimpleStream } from './expect/simple-chat.js';
import { apiOf, isStream } from './apis.js';
import type { Recording } from './recording.js';
import type { ReadAnswer, Reading, ReadToolCall, ReadUsage } from './reading.js';

/** A format in which the same question is asked, and what of an answer it can say. */
export interface Caller {
  readonly format: WireFormatName;
  readonly inbound: InboundFormat;
  readonly path: string;
  readonly readBody: (body: Uint8Array) => Reading;
  readonly readStream: (body: Uint8Array) => Reading;
  /** What is asked, with every member that this format must have beside model and stream. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly hasSeveralAnswers: boolean;
  readonly usage: readonly (keyof ReadUsage)[];
  /** Ids of tool calls that this format can carry as they are. */
  readonly toolId: RegExp;
  /** The message of an error body in this format; empty where the body has another shape. */
  readonly readError: (body: unknown) => string;
}

const QUESTION = [{ role: 'user', content: 'hi' }];

export const CALLERS: readonly Caller[] = [
  {
    format: 'simple-chat',
    inbound: SIMPLE_CHAT_INBOUND,
    path: '/v1/chat',
    readBody: readSimpleBody,
    readStream: readSimpleStream,
    members: { messages: QUESTION },
    hasSeveralAnswers: false,
    usage: ['input', 'output'],
    toolId: /./,
    readError: (body) => toText(toMembers(body)['error']),
  },
  {
    format: 'openai-chat',
    inbound: OPENAI_CHAT_INBOUND,
    path: '/v1/chat/completions',
    readBody: readOpenaiChatBody,
    readStream: readOpenaiChatStream,
    members: { messages: QUESTION, stream_options: { include_usage: true } },
    hasSeveralAnswers: true,
    usage: ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'],
    toolId: /./,
    readError: (body) => toText(toMembers(toMembers(body)['error'])['message']),
  },
  {
    format: 'anthropic-messages',
    inbound: ANTHROPIC_MESSAGES_INBOUND,
    path: '/v1/messages',
    readBody: readAnthropicBody,
    readStream: readAnthropicStream,
    members: { messages: QUESTION, max_tokens: 1000 },
    hasSeveralAnswers: false,
    usage: ['input', 'output', 'cacheRead', 'cacheWrite'],
    toolId: /^[a-zA-Z0-9_-]+$/,
    readError: (body) =>
      toMembers(body)['type'] === 'error' ? toText(toMembers(toMembers(body)['error'])['message']) : '',
  },
  {
    format: 'openai-responses',
    inbound: OPENAI_RESPONSES_INBOUND,
    path: '/v1/responses',
    readBody: readResponsesBody,
    readStream: readResponsesStream,
    members: { input: 'hi' },
    hasSeveralAnswers: false,
    usage: ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'],
    toolId: /./,
    readError: (body) => toText(toMembers(toMembers(body)['error'])['message']),
  },
];

export interface Exchange {
  readonly isStream: boolean;
  readonly isSameFormat: boolean;
  /** As `ChatApi.hasSignedCallIds`. */
  readonly hasSignedCallIds: boolean;
}

export function exchangeOf(caller: Caller, recording: Recording): Exchange {
  const api = apiOf(recording);
  return {
    isStream: isStream(recording),
    isSameFormat: api?.outbound.name === caller.format,
    hasSignedCallIds: api?.hasSignedCallIds === true,
  };
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
  { isSameFormat, hasSignedCallIds }: Exchange,
): void {
  expect(told.map(({ name }) => name)).toEqual(said.map(({ name }) => name));
  for (const [index, call] of said.entries()) {
    const got = told[index]!;
    expect(got.id).toMatch(isSameFormat ? /(?:)/ : caller.toolId);
    if (isSameFormat || caller.toolId.test(call.id))
      expect(got.id).toSatisfy((id: string) => isCallId(id, call.id, hasSignedCallIds));
    const meant = toValue(call.arguments);
    // Free text of a custom tool has to stand somewhere in an object where the format has objects only.
    if (typeof meant === 'string') expect(got.arguments).toContain(JSON.stringify(meant).slice(1, -1));
    else expect(toValue(got.arguments)).toEqual(meant);
  }
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
}

/** Whether a call's id is the vendor's own, or what may have become of it. */
export function isCallId(id: string, vendors: string, isSigned: boolean): boolean {
  if (!isSigned) return id === vendors;
  return vendors === '' ? id !== '' : id === vendors || id.startsWith(`${vendors}__sig_`);
}

function toValue(text: string): unknown {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
