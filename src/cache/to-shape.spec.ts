import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBatches } from '../../test/support/stream-helpers.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { AssistantPart } from '../contract/content.js';
import type { JsonObject } from '../contract/json.js';
import type { AnswerContext } from '../contract/wire-format.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { isWholeAnswer } from './is-whole-answer.js';
import { toChunks } from './to-chunks.js';
import { toResult } from './to-result.js';
import { toShape } from './to-shape.js';

const text = fc.string({ minLength: 1, maxLength: 12 });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

function without<Value extends object>(part: Value): Value {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Value;
}

const part: fc.Arbitrary<AssistantPart> = fc
  .oneof(
    fc.record({
      type: fc.constant('text' as const),
      text,
      annotations: maybe(
        fc.constant({ format: 'openai-responses' as const, items: [{ type: 'url_citation', url: 'u' }] }),
      ),
    }),
    fc.record({
      type: fc.constant('reasoning' as const),
      text: fc.string(),
      signature: maybe(text),
      id: maybe(text),
      encrypted: maybe(text),
    }),
    fc.record({ type: fc.constant('redacted-reasoning' as const), data: text }),
    fc.record({ type: fc.constant('refusal' as const), text }),
    fc.record({
      type: fc.constant('tool-call' as const),
      id: fc.string(),
      name: text,
      arguments: fc.string(),
      custom: maybe(fc.constant(true)),
      signature: maybe(text),
    }),
    fc.record({
      type: fc.constant('opaque' as const),
      format: fc.constant('anthropic-messages' as const),
      value: fc.constant({ type: 'server_tool_use', id: 's' }),
    }),
  )
  .map(without);

/** Texts and refusals side by side are one. */
const content = fc
  .array(part, { minLength: 1, maxLength: 6 })
  .map((parts) =>
    parts.filter(({ type }, index) => !['text', 'refusal'].includes(type) || parts[index - 1]?.type !== type),
  );

const result: fc.Arbitrary<ChatResult> = fc
  .record({
    id: text,
    model: text,
    created: maybe(fc.nat()),
    contents: fc.array(content, { minLength: 1, maxLength: 3 }),
    reason: fc.constantFrom('stop' as const, 'length' as const, 'tool_calls' as const),
    logprobs: maybe(fc.constant<JsonObject>({ content: [{ token: 'a' }] })),
    usage: maybe(fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat() })),
  })
  .map(({ contents, reason, logprobs, ...rest }) => ({
    ...rest,
    choices: contents.map((parts, index) =>
      without({ index, content: parts, finish: { reason, raw: reason }, logprobs }),
    ),
  }));

const answerOf = (...parts: readonly AssistantPart[]): ChatResult => ({
  id: 'a',
  model: 'm',
  choices: [{ index: 0, content: parts, finish: { reason: 'stop', raw: 'stop' } }],
});

const CONTEXT: AnswerContext = {
  requestId: 'r',
  provider: 'p',
  model: 'm',
  request: { includeUsage: true } as ChatRequest,
  receivedAt: 0,
  priceOf: () => null,
};

describe('an answer in the other shape', () => {
  test('is the same answer when it is turned back', () => {
    fc.assert(
      fc.property(result, (answer) => {
        expect(toResult(toChunks(answer) ?? [])).toEqual(answer);
      }),
    );
  });

  test('is whole when the answer was', () => {
    fc.assert(
      fc.property(result, (answer) => {
        expect(isWholeAnswer({ kind: 'stream', chunks: toChunks(answer) ?? [], source: undefined })).toBe(
          isWholeAnswer({ kind: 'result', result: answer }),
        );
      }),
    );
  });

  test('joins what a stream said piece by piece', () => {
    const finish = { type: 'finish', finish: { reason: 'stop', raw: 'stop' } } as const;
    const chunks: ChatChunk[] = [
      { events: [{ type: 'start', id: 'a', model: 'm' }, { type: 'ping' }] },
      { events: [{ type: 'reasoning-delta', text: 'h' }] },
      { events: [{ type: 'reasoning-delta', text: 'm' }] },
      { events: [{ type: 'reasoning-signature', signature: 's' }] },
      {
        events: [
          { type: 'text-delta', text: 'o' },
          { type: 'logprobs', logprobs: { content: [1] } },
        ],
      },
      {
        events: [
          { type: 'text-delta', text: 'k' },
          { type: 'logprobs', logprobs: { content: [2] } },
        ],
      },
      { events: [{ type: 'text-delta', text: 'b', choice: 1 }] },
      { events: [{ type: 'tool-call-start', index: 0, id: 'c', name: 'f' }] },
      { events: [{ type: 'tool-call-delta', index: 0, arguments: '{"a"' }] },
      { events: [{ type: 'tool-call-delta', index: 0, arguments: ':1}' }] },
      { events: [{ type: 'usage', usage: { inputTokens: 1 } }, finish, { ...finish, choice: 1 }] },
      { events: [{ type: 'usage', usage: { inputTokens: 2 } }, { type: 'end' }] },
    ];
    expect(toResult(chunks)).toEqual({
      id: 'a',
      model: 'm',
      created: undefined,
      choices: [
        {
          index: 0,
          content: [
            { type: 'reasoning', text: 'hm', signature: 's' },
            { type: 'text', text: 'ok' },
            { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":1}' },
          ],
          finish: finish.finish,
          logprobs: { content: [1, 2] },
        },
        { index: 1, content: [{ type: 'text', text: 'b' }], finish: finish.finish },
      ],
      usage: { inputTokens: 2 },
    });
  });

  test('is written from its events, also in the format that it came in', () => {
    const kept = toShape(
      { kind: 'result', result: { ...answerOf({ type: 'text', text: 'hello' }), usage: { inputTokens: 3 } } },
      { stream: true, format: 'openai-chat' },
    );
    if (kept?.kind !== 'stream') throw new Error('no stream');
    const encoder = OPENAI_CHAT_INBOUND.createStreamEncoder(kept.source, CONTEXT);
    const written = encodeBatches(encoder, [kept.chunks]).join('');
    expect(written).toContain('"content":"hello"');
    expect(written).toContain('"prompt_tokens":3');
    expect(written.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('is not made where it would leave out what the caller can read', () => {
    const format = 'anthropic-messages' as const;
    const cited: AssistantPart = { type: 'text', text: 'a', annotations: { format, items: [{}] } };
    const native: AssistantPart = { type: 'opaque', format, value: { type: 'server_tool_use' } };
    for (const special of [cited, native]) {
      const whole = { kind: 'result', result: answerOf(special) } as const;
      const stream = { kind: 'stream', chunks: toChunks(whole.result) ?? [], source: undefined } as const;
      expect(toShape(whole, { stream: true, format })).toBeUndefined();
      expect(toShape(stream, { stream: false, format })).toBeUndefined();
      expect(toShape(whole, { stream: true, format: 'openai-chat' })).toBeDefined();
      expect(toShape(stream, { stream: false, format: 'openai-chat' })).toBeDefined();
      expect(toShape(whole, { stream: false, format })).toBe(whole);
      expect(toShape(stream, { stream: true, format })).toBe(stream);
    }
    const image: AssistantPart = { type: 'image', source: { kind: 'url', url: 'u' } };
    expect(toShape({ kind: 'result', result: answerOf(image) }, { stream: true, format })).toBeUndefined();
  });
});

describe('an answer that is kept', () => {
  const finished = (reason: 'stop' | 'length' | 'content_filter', raw: string): boolean => {
    const answer = answerOf({ type: 'text', text: 'a' });
    const [choice] = answer.choices;
    return isWholeAnswer({
      kind: 'result',
      result: { ...answer, choices: choice === undefined ? [] : [{ ...choice, finish: { reason, raw } }] },
    });
  };

  test.each(['stop', 'end_turn', 'STOP', 'completed', 'max_tokens'])('ended by %s', (raw) => {
    expect(finished('stop', raw)).toBe(true);
  });

  test.each(['', 'OTHER', 'MALFORMED_FUNCTION_CALL', 'pause_turn', 'abort'])('did not end by "%s"', (raw) => {
    expect(finished('stop', raw)).toBe(false);
  });

  test('was not filtered and is not empty', () => {
    expect(finished('content_filter', 'stop')).toBe(false);
    expect(isWholeAnswer({ kind: 'result', result: answerOf() })).toBe(false);
    expect(isWholeAnswer({ kind: 'result', result: { id: '', model: '', choices: [] } })).toBe(false);
  });

  test.each<[string, ChatChunk]>([
    ['cut', { events: [] }],
    [
      'broken',
      { events: [{ type: 'vendor-error', error: { kind: 'server', status: 500, message: '', code: '' } }] },
    ],
    [
      'damaged',
      { events: [{ type: 'malformed' }, { type: 'finish', finish: { reason: 'stop', raw: 'stop' } }] },
    ],
    [
      'finished in one answer of two',
      {
        events: [
          { type: 'text-delta', text: 'b', choice: 1 },
          { type: 'finish', finish: { reason: 'stop', raw: 'stop' } },
        ],
      },
    ],
  ])('was no stream that was %s', (_name, chunk) => {
    const chunks = [{ events: [{ type: 'text-delta', text: 'a' }] } as ChatChunk, chunk];
    expect(isWholeAnswer({ kind: 'stream', chunks, source: undefined })).toBe(false);
  });
});
