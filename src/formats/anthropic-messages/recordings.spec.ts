import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import Anthropic from '@anthropic-ai/sdk';
import { decodePieces, encodeBatches, inPieces } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import type { OriginalBody } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { readString } from '../json/read-json.js';
import { parseJson } from '../json/parse-json.js';
import { ANTHROPIC_MESSAGES_INBOUND, ANTHROPIC_MESSAGES_OUTBOUND } from './anthropic-messages.format.js';

const folder = join(resolve(process.env['SLUICE_RECORDINGS'] ?? '../shared/recordings'), 'anthropic');
const cases = existsSync(folder) ? readdirSync(folder) : [];
const withFile = (file: string): string[] => cases.filter((name) => existsSync(join(folder, name, file)));
const read = (name: string, file: string): string => readFileSync(join(folder, name, file), 'utf8');

function readBody(name: string, file: string): OriginalBody {
  const text = read(name, file);
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('no object');
  return { format: 'anthropic-messages', text, json };
}

const context: AnswerContext = {
  requestId: 'req-1',
  provider: 'anthropic',
  model: 'm',
  request: {
    original: { format: 'anthropic-messages', text: '{}', json: {} },
    model: undefined,
    stream: true,
    includeUsage: true,
    messages: [],
    sampling: {},
  },
  receivedAt: 0,
  priceOf: () => null,
};

function decodeBytes(bytes: Uint8Array, size: number): ChatChunk[] {
  return decodePieces(ANTHROPIC_MESSAGES_OUTBOUND.createStreamDecoder(), inPieces(bytes, size));
}

function encodeChunks(chunks: readonly ChatChunk[], source: 'anthropic-messages' | 'openai-chat'): string {
  const encoder = ANTHROPIC_MESSAGES_INBOUND.createStreamEncoder(source, context);
  return encodeBatches(
    encoder,
    chunks.map((chunk) => [chunk]),
  ).join('');
}

function accumulate(text: string): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
  });
  return client.messages
    .stream({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'a' }] })
    .finalMessage();
}

/** What every format can say of a message: neighbouring texts joined, without citations and server tools. */
function essence(message: JsonObject): unknown {
  const blocks: JsonObject[] = [];
  for (const block of message['content'] as JsonObject[]) {
    const last = blocks.at(-1);
    if (block['type'] === 'text') {
      if (block['text'] === '') continue;
      if (last?.['type'] === 'text') last['text'] = readString(last['text']) + readString(block['text']);
      else blocks.push({ type: 'text', text: block['text'] });
    } else if (block['type'] === 'tool_use') {
      blocks.push({ type: 'tool_use', id: block['id'], name: block['name'], input: block['input'] });
    } else if (block['type'] === 'thinking' || block['type'] === 'redacted_thinking') {
      blocks.push(block);
    }
  }
  const usage = message['usage'] as JsonObject;
  return {
    id: message['id'],
    model: message['model'],
    blocks,
    output: usage['output_tokens'],
    input: usage['input_tokens'],
    cached: usage['cache_read_input_tokens'] ?? 0,
    written: usage['cache_creation_input_tokens'] ?? 0,
  };
}

/** Turns with all content as blocks, without the wish for citations, which only this format has. */
function turns(messages: unknown): unknown {
  const asBlocks = (content: unknown): JsonObject[] =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : (content as JsonObject[]);
  return (messages as JsonObject[]).map((message) => ({
    role: message['role'],
    content: asBlocks(message['content']).map(({ citations: _wish, ...block }) =>
      block['type'] === 'tool_result' ? { ...block, content: asBlocks(block['content']) } : block,
    ),
  }));
}

const types = (events: readonly ChatEvent[]): string[] => events.map((event) => event.type);

describe.skipIf(cases.length === 0)('recorded traffic of Anthropic', () => {
  const streams = withFile('stream.sse').filter((name) => !name.startsWith('legacy-'));

  it.each(streams)('[84] %s reads the same however its bytes are cut', (name) => {
    const bytes = readFileSync(join(folder, name, 'stream.sse'));
    const whole = decodeBytes(bytes, bytes.length);
    for (const size of [1, 7, 4096]) expect(decodeBytes(bytes, size)).toEqual(whole);
    const events = whole.flatMap((chunk) => chunk.events);
    expect(types(events)).not.toContain('malformed');
    expect(types(events).filter((type) => type === 'start')).toHaveLength(1);
    expect(types(events).at(-1)).toBe(name.includes('midstream-overloaded') ? 'vendor-error' : 'end');
  });

  it.skipIf(!cases.includes('legacy-complete-stream-crlf'))(
    'the old completion API says nothing here',
    () => {
      const bytes = readFileSync(join(folder, 'legacy-complete-stream-crlf', 'stream.sse'));
      const events = decodeBytes(bytes, 10).flatMap((chunk) => chunk.events);
      expect(new Set(types(events))).toEqual(new Set(['ping']));
    },
  );

  it.each(streams)('%s goes on unchanged in its own format', (name) => {
    const recorded = read(name, 'stream.sse');
    const chunks = decodeBytes(Buffer.from(recorded), 1000);
    const written = encodeChunks(chunks, 'anthropic-messages');
    if (name.includes('midstream-overloaded')) expect(written).toContain('stream ended before');
    else expect(written.trim()).toBe(recorded.trim());
  });

  it.each(streams.filter((name) => !name.includes('midstream')))(
    '%s means the same when written anew',
    async (name) => {
      const recorded = read(name, 'stream.sse');
      const chunks = decodeBytes(Buffer.from(recorded), 1000);
      const written = await accumulate(encodeChunks(chunks, 'openai-chat'));
      const expected = await accumulate(recorded);
      if (expected.stop_reason !== 'refusal') {
        expect(essence(written as unknown as JsonObject)).toEqual(essence(expected as unknown as JsonObject));
      }
      expect(written.stop_reason).toBe(
        expected.stop_reason === 'pause_turn' ? 'end_turn' : expected.stop_reason,
      );
      expect(written.stop_sequence).toBe(expected.stop_sequence);
    },
  );

  it.each(withFile('response.json').filter((name) => name.startsWith('messages-')))(
    '%s means the same when written anew',
    (name) => {
      const { text, json } = readBody(name, 'response.json');
      const result = ANTHROPIC_MESSAGES_OUTBOUND.decodeResponse(text);
      const foreign = { ...result, original: undefined };
      const written = JSON.parse(ANTHROPIC_MESSAGES_INBOUND.encodeResponse(foreign, context)) as JsonObject;
      expect(essence(written)).toEqual(essence(json));
      expect(written['stop_reason']).toBe(json['stop_reason']);
    },
  );

  it.each(withFile('request.json').filter((name) => name.startsWith('messages-')))(
    'the request of %s goes on unchanged, and can be written anew',
    (name) => {
      const original = readBody(name, 'request.json');
      const request = ANTHROPIC_MESSAGES_INBOUND.decodeRequest(original);
      const options = { model: readString(original.json['model']), traits: {} };
      expect(ANTHROPIC_MESSAGES_OUTBOUND.encodeRequest(request, options).body).toBe(original.text);
      const foreign = { ...request, original: { ...original, format: 'openai-chat' as const } };
      const body = JSON.parse(ANTHROPIC_MESSAGES_OUTBOUND.encodeRequest(foreign, options).body) as JsonObject;
      expect(turns(body['messages'])).toEqual(turns(original.json['messages']));
      expect(body['max_tokens']).toBe(original.json['max_tokens']);
    },
  );

  it.each(withFile('response.json').filter((name) => name.includes('err-')))('%s is classified', (name) => {
    const meta = JSON.parse(read(name, 'meta.json')) as { status: number };
    const error = ANTHROPIC_MESSAGES_OUTBOUND.decodeError({
      status: meta.status,
      headers: {},
      body: read(name, 'response.json'),
      now: 0,
    });
    expect(error.status).toBe(meta.status);
    const kinds: Record<number, string> = {
      400: 'invalid_request',
      401: 'credentials',
      404: 'model_not_found',
      429: 'rate_limit',
      529: 'overloaded',
    };
    expect(error.kind).toBe(kinds[meta.status]);
  });
});
