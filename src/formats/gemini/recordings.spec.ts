import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePieces, inPieces } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import type { OriginalBody } from '../../contract/chat-request.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { OPENAI_CHAT_INBOUND } from '../openai-chat/openai-chat.format.js';
import { readSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { GEMINI_EMBEDDINGS_OUTBOUND, GEMINI_OUTBOUND } from './gemini.format.js';

const folder = join(resolve(process.env['SLUICE_RECORDINGS'] ?? '../shared/recordings'), 'gemini');
const cases = existsSync(folder) ? readdirSync(folder) : [];
const withFile = (file: string): string[] => cases.filter((name) => existsSync(join(folder, name, file)));
const read = (name: string, file: string): string => readFileSync(join(folder, name, file), 'utf8');

function decodeBytes(bytes: Uint8Array, size: number): ChatChunk[] {
  return decodePieces(GEMINI_OUTBOUND.createStreamDecoder(), inPieces(bytes, size));
}

const request: OriginalBody = { format: 'openai-chat', text: '{}', json: {} };
const context: AnswerContext = {
  requestId: 'r1',
  provider: 'gemini',
  model: 'm',
  request: {
    original: request,
    model: undefined,
    stream: true,
    includeUsage: true,
    messages: [],
    sampling: {},
  },
  receivedAt: 0,
  priceOf: () => null,
};

function summarise(events: readonly ChatEvent[]): unknown {
  const text = (type: 'text-delta' | 'reasoning-delta'): string =>
    events.map((event) => (event.type === type ? event.text : '')).join('');
  return {
    text: text('text-delta'),
    hasReasoning: text('reasoning-delta') !== '',
    calls: events.flatMap((event) => (event.type === 'tool-call-start' ? [event.name] : [])),
    arguments: events.flatMap((event) => (event.type === 'tool-call-delta' ? [event.arguments] : [])),
    finish: events.flatMap((event) => (event.type === 'finish' ? [event.finish.reason] : [])),
    usage: events.findLast((event) => event.type === 'usage')?.usage,
  };
}

describe.skipIf(cases.length === 0)('recorded traffic of Gemini', () => {
  it.each(withFile('stream.sse'))('%s reads the same however its bytes are cut', (name) => {
    const bytes = readFileSync(join(folder, name, 'stream.sse'));
    const whole = decodeBytes(bytes, bytes.length);
    for (const size of [1, 3, 1000]) expect(decodeBytes(bytes, size)).toEqual(whole);
    const types = whole.flatMap((chunk) => chunk.events).map((event) => event.type);
    expect(types.filter((type) => type === 'start')).toHaveLength(1);
    expect(types.filter((type) => type === 'finish')).toHaveLength(1);
    expect(types).not.toContain('malformed');
    expect(whole.every((chunk) => chunk.events.some((event) => event.type === 'usage'))).toBe(true);
  });

  it.each([
    [
      'tool-call-stream',
      {
        text: '',
        calls: ['weather'],
        arguments: ['{"location":"Florence,Italy"}'],
        finish: ['tool_calls'],
        usage: { inputTokens: 54, outputTokens: 58, reasoningTokens: 43 },
      },
    ],
    [
      'parallel-tools-stream-gemini3',
      {
        calls: ['add', 'multiply'],
        arguments: ['{"a":2,"b":3}', '{"b":3,"a":2}'],
        finish: ['tool_calls'],
        usage: { inputTokens: 157, outputTokens: 470, reasoningTokens: 438 },
      },
    ],
    [
      'max-tokens-stream',
      { text: 'The', finish: ['length'], usage: { inputTokens: 10, outputTokens: 12, reasoningTokens: 11 } },
    ],
    ['thinking-stream', { hasReasoning: true, finish: ['stop'] }],
    ['image-inline-stream', { text: 'Banana', finish: ['stop'], usage: { inputTokens: 1097 } }],
  ])('%s says what was recorded', (name, expected) => {
    const chunks = decodeBytes(readFileSync(join(folder, name, 'stream.sse')), 4096);
    expect(summarise(chunks.flatMap((chunk) => chunk.events))).toMatchObject(expected);
  });

  it('signatures of streamed calls come back from a caller that knows nothing of them', () => {
    const recorded = read('parallel-tools-stream-gemini3', 'stream.sse');
    const signature = /"thoughtSignature": "([^"]+)"/.exec(recorded)?.[1];
    const chunks = decodeBytes(Buffer.from(recorded), 4096);
    const ids = chunks
      .flatMap((chunk) => chunk.events)
      .flatMap((event) => (event.type === 'tool-call-start' ? [event.id] : []));
    const tool_calls = ids.map((id) => ({
      id,
      type: 'function',
      function: { name: 'add', arguments: '{}' },
    }));
    const json: JsonObject = {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', tool_calls },
        ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: '1' })),
      ],
    };
    const decoded = OPENAI_CHAT_INBOUND.decodeRequest({
      format: 'openai-chat',
      text: JSON.stringify(json),
      json,
    });
    const body = JSON.parse(GEMINI_OUTBOUND.encodeRequest(decoded, { model: 'm', traits: {} }).body) as {
      contents: { parts: JsonObject[] }[];
    };
    expect(body.contents[1]?.parts).toMatchObject([
      { functionCall: { id: '8hd01vsf' }, thoughtSignature: signature },
      { functionCall: { id: 'k0srpqrc' } },
    ]);
    expect(body.contents[1]?.parts[1]?.['thoughtSignature']).toBeUndefined();
    expect(ids.map((id) => readSignedToolCallId(id).id)).toEqual(['8hd01vsf', 'k0srpqrc']);
  });

  it.each([
    [
      'generate-plain',
      {
        text: '2 + 2 = **4**',
        finish: 'stop',
        usage: { inputTokens: 10, outputTokens: 31, reasoningTokens: 23 },
      },
    ],
    [
      'thinking',
      { text: '5 + 3 = 8', finish: 'stop', usage: { inputTokens: 9, outputTokens: 40, reasoningTokens: 33 } },
    ],
    ['json-schema', { text: '{"is_fruit": true}', finish: 'stop' }],
    ['parallel-tools', { text: '', finish: 'tool_calls', calls: ['weather', 'best_language_to_learn'] }],
    ['tool-call', { text: '', finish: 'tool_calls', calls: ['calculate'] }],
    ['tool-result', { text: '363.89', finish: 'stop', usage: { inputTokens: 371, outputTokens: 6 } }],
    ['safety-block', { text: '', finish: 'content_filter', usage: { inputTokens: 14, outputTokens: 0 } }],
  ])('%s says what was recorded', (name, expected) => {
    const result = GEMINI_OUTBOUND.decodeResponse(read(name, 'response.json'));
    const [choice] = result.choices;
    const content = choice?.content ?? [];
    expect({
      text: content.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      calls: content.flatMap((part) => (part.type === 'tool-call' ? [part.name] : [])),
      finish: choice?.finish.reason,
      usage: result.usage,
    }).toMatchObject(expected);
    const ids = content.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      GEMINI_OUTBOUND.decodeResponse(read(name, 'response.json'))
        .choices.flatMap((other) => other.content)
        .flatMap((part) => (part.type === 'tool-call' ? [part.id] : [])),
    );
    expect(result.id).not.toBe('');
    const written = JSON.parse(OPENAI_CHAT_INBOUND.encodeResponse(result, context)) as {
      choices: JsonObject[];
    };
    expect(written.choices[0]?.['finish_reason']).toBe(expected.finish);
  });

  it.each([
    ['err-400-key', 'credentials', undefined],
    ['err-400-stream', 'invalid_request', undefined],
    ['err-403', 'credentials', undefined],
    ['err-404-model', 'model_not_found', undefined],
    ['err-429', 'rate_limit', 48_000],
  ])('%s is %s', (name, kind, retryAfterMs) => {
    const meta = JSON.parse(read(name, 'meta.json')) as {
      status: number;
      response_headers: Record<string, string>;
    };
    const error = GEMINI_OUTBOUND.decodeError({
      status: meta.status,
      headers: meta.response_headers,
      body: read(name, 'response.json'),
      now: 0,
    });
    expect(error).toMatchObject({ kind, status: meta.status });
    expect(error.retryAfterMs).toBe(retryAfterMs);
  });

  it.each(['embeddings-batch', 'embeddings-batch-b'])('%s brings one vector', (name) => {
    const result = GEMINI_EMBEDDINGS_OUTBOUND.decodeResponse(read(name, 'response.json'));
    expect(result.count).toBe(1);
    expect(result.vectors?.[0]).toHaveLength(768);
    const sent = JSON.parse(read(name, 'request.json')) as {
      requests: { model: string; content: { parts: { text: string }[] } }[];
    };
    const [first] = sent.requests;
    const input = first?.content.parts[0]?.text ?? '';
    const encoded = GEMINI_EMBEDDINGS_OUTBOUND.encodeRequest(
      { original: { text: '{}', json: {} }, model: 'm', input, dimensions: 768 },
      { model: first?.model ?? '' },
    );
    expect(JSON.parse(encoded.body)).toEqual(sent);
  });
});
