import OpenAI from 'openai';
import type { Response as OpenaiResponse } from 'openai/resources/responses/responses';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePieces, encodeBatches, inPieces } from '../../../test/support/stream-helpers.js';
import type { ChatChunk, ChatEvent } from '../../contract/chat-event.js';
import type { OriginalBody } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { parseJson } from '../json/parse-json.js';
import { readArray, readString } from '../json/read-json.js';
import { ANTHROPIC_MESSAGES_OUTBOUND } from '../anthropic-messages/anthropic-messages.format.js';
import { OPENAI_CHAT_OUTBOUND } from '../openai-chat/openai-chat.format.js';
import { OPENAI_RESPONSES_INBOUND, OPENAI_RESPONSES_OUTBOUND } from './openai-responses.format.js';

const root = resolve(process.env['SLUICE_RECORDINGS'] ?? '../shared/recordings');
const cases = existsSync(root)
  ? ['openai', 'azure', 'xai', 'deepseek'].flatMap((vendor) =>
      readdirSync(join(root, vendor))
        .filter((name) => name.startsWith('responses-'))
        .map((name) => `${vendor}/${name}`),
    )
  : [];
const foreign = existsSync(root)
  ? readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('/stream.sse') && !/responses|legacy|completions|^gemini/.test(file))
      .map((file) => file.slice(0, -'/stream.sse'.length))
  : [];
const withFile = (file: string): string[] => cases.filter((name) => existsSync(join(root, name, file)));
const read = (name: string, file: string): string => readFileSync(join(root, name, file), 'utf8');

function readBody(name: string, file: string): OriginalBody {
  const text = read(name, file);
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('no object');
  return { format: 'openai-responses', text, json };
}

function contextOf(json: JsonObject): AnswerContext {
  return {
    requestId: 'req-1',
    provider: 'openai',
    model: 'm',
    request: {
      original: { format: 'openai-responses', text: JSON.stringify(json), json },
      model: undefined,
      stream: true,
      includeUsage: true,
      messages: [],
      sampling: {},
    },
    receivedAt: 0,
    priceOf: () => null,
  };
}

function decodeBytes(bytes: Uint8Array, size: number, format = OPENAI_RESPONSES_OUTBOUND): ChatChunk[] {
  return decodePieces(format.createStreamDecoder(), inPieces(bytes, size));
}

function encodeChunks(chunks: readonly ChatChunk[], source: WireFormatName): string {
  const encoder = OPENAI_RESPONSES_INBOUND.createStreamEncoder(source, contextOf({}));
  return encodeBatches(
    encoder,
    chunks.map((chunk) => [chunk]),
  ).join('');
}

function accumulate(text: string): Promise<OpenaiResponse> {
  const client = new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
  });
  return client.responses.stream({ model: 'm', input: 'a' }).finalResponse();
}

/** What every format can say of a response: without built-in tools, citations and ids of items. */
function essence(response: JsonObject): unknown {
  const output = readArray(response['output']).filter(isJsonObject);
  return {
    model: response['model'],
    status: response['status'],
    created: response['created_at'],
    incomplete: response['incomplete_details'],
    output: output.flatMap((item) => {
      switch (item['type']) {
        case 'message':
          return readArray(item['content']).map((part) =>
            isJsonObject(part) ? [part['type'], part['text'], readArray(part['logprobs']).length] : [],
          );
        case 'reasoning': {
          const texts = [...readArray(item['summary']), ...readArray(item['content'])];
          const text = texts.map((part) => (isJsonObject(part) ? readString(part['text']) : '')).join('\n\n');
          const encrypted = readString(item['encrypted_content']);
          // OpenAI encrypts anew for every event that carries it.
          return text === '' && encrypted === '' ? [] : [['reasoning', text, encrypted !== '']];
        }
        case 'function_call':
          return [[item['type'], item['call_id'], item['name'], item['arguments']]];
        default:
          return [];
      }
    }),
    usage: [
      (response['usage'] as JsonObject)['input_tokens'],
      (response['usage'] as JsonObject)['output_tokens'],
      (response['usage'] as JsonObject)['total_tokens'],
      ((response['usage'] as JsonObject)['input_tokens_details'] as JsonObject)['cached_tokens'],
      (response['usage'] as JsonObject)['output_tokens_details'],
    ],
  };
}

const types = (events: readonly ChatEvent[]): string[] => events.map((event) => event.type);
const isFailed = (name: string): boolean => name.includes('error-failed');

describe.skipIf(cases.length === 0)('recorded traffic of Responses', () => {
  const streams = withFile('stream.sse');

  it.each(streams)('[84] %s reads the same however its bytes are cut', (name) => {
    const bytes = readFileSync(join(root, name, 'stream.sse'));
    const whole = decodeBytes(bytes, bytes.length);
    for (const size of [1, 7, 4096]) expect(decodeBytes(bytes, size)).toEqual(whole);
    const events = types(whole.flatMap((chunk) => chunk.events));
    expect(events).not.toContain('malformed');
    expect(events.filter((type) => type === 'start')).toHaveLength(1);
    expect(events[0]).toBe('start');
    if (isFailed(name)) expect(events.at(-1)).toBe('vendor-error');
    else expect(events.slice(-3)).toEqual(['finish', 'usage', 'end']);
  });

  it.each(streams)('%s goes on unchanged in its own format', (name) => {
    const recorded = read(name, 'stream.sse');
    const chunks = decodeBytes(Buffer.from(recorded), 1000);
    const written = encodeChunks(chunks, 'openai-responses');
    if (isFailed(name)) expect(written).not.toContain('insufficient_quota');
    else expect(written.trim()).toBe(recorded.trim());
  });

  it.each(streams.filter((name) => !isFailed(name)))('%s means the same when written anew', async (name) => {
    const recorded = read(name, 'stream.sse');
    const chunks = decodeBytes(Buffer.from(recorded), 1000);
    const written = await accumulate(encodeChunks(chunks, 'openai-chat'));
    const expected = await accumulate(recorded);
    expect(essence(written as unknown as JsonObject)).toEqual(essence(expected as unknown as JsonObject));
    expect(written.output_text).toBe(expected.output_text);
  });

  it.each(foreign)('the stream %s reaches a Responses caller whole', async (name) => {
    const format = name.startsWith('anthropic/') ? ANTHROPIC_MESSAGES_OUTBOUND : OPENAI_CHAT_OUTBOUND;
    const chunks = decodeBytes(readFileSync(join(root, name, 'stream.sse')), 1000, format);
    const events = chunks.flatMap((chunk) => chunk.events).filter((event) => !('choice' in event));
    const written = encodeChunks(chunks, format.name);
    if (!events.some((event) => event.type === 'finish')) {
      expect(written).toContain('event: response.failed');
      return;
    }
    const response = await accumulate(written);
    const said = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
    expect(response.output_text).toBe(said);
    const calls = response.output.filter((item) => item.type.endsWith('_call'));
    expect(calls).toHaveLength(events.filter((event) => event.type === 'tool-call-start').length);
  });

  it.each(withFile('response.json').filter((name) => !name.includes('-err-')))(
    '%s means the same when written anew',
    (name) => {
      const { text, json } = readBody(name, 'response.json');
      const result = OPENAI_RESPONSES_OUTBOUND.decodeResponse(text);
      expect(OPENAI_RESPONSES_INBOUND.encodeResponse(result, contextOf({}))).toBe(text);
      const foreign = { ...result, original: undefined };
      const written = JSON.parse(
        OPENAI_RESPONSES_INBOUND.encodeResponse(foreign, contextOf({})),
      ) as JsonObject;
      expect(essence(written)).toEqual(essence(json));
    },
  );

  it.each(withFile('request.json').filter((name) => !name.includes('-err-')))(
    'the request of %s goes on with store off, and can be written anew',
    (name) => {
      const original = readBody(name, 'request.json');
      if (typeof original.json['previous_response_id'] === 'string') {
        expect(() => OPENAI_RESPONSES_INBOUND.decodeRequest(original)).toThrow('previous_response_id');
        return;
      }
      const request = OPENAI_RESPONSES_INBOUND.decodeRequest(original);
      const options = { model: readString(original.json['model']), traits: { developerRole: true } };
      const forwarded = JSON.parse(
        OPENAI_RESPONSES_OUTBOUND.encodeRequest(request, options).body,
      ) as JsonObject;
      expect({ ...forwarded, input: null }).toEqual({ ...original.json, store: false, input: null });
      const foreign = { ...request, original: { ...original, format: 'openai-chat' as const } };
      const body = JSON.parse(OPENAI_RESPONSES_OUTBOUND.encodeRequest(foreign, options).body) as JsonObject;
      expect(body['max_output_tokens']).toBe(original.json['max_output_tokens']);
      const strict = (tool: unknown): unknown => ({ strict: false, ...(tool as JsonObject) });
      if (original.json['tools'] !== undefined)
        expect(body['tools']).toEqual(
          readArray(original.json['tools']).map((tool) =>
            isJsonObject(tool) && tool['type'] === 'function' ? strict(tool) : tool,
          ),
        );
      expect(readArray(body['input']).length).toBeGreaterThan(0);
    },
  );

  it.each(withFile('response.json').filter((name) => name.includes('-err-')))('%s is classified', (name) => {
    const meta = JSON.parse(read(name, 'meta.json')) as { status: number };
    const error = OPENAI_RESPONSES_OUTBOUND.decodeError({
      status: meta.status,
      headers: {},
      body: read(name, 'response.json'),
      now: 0,
    });
    const kinds: Record<string, string> = {
      'openai/responses-err-400-context': 'context_length',
      'openai/responses-err-400-model': 'model_not_found',
      'openai/responses-err-401': 'credentials',
    };
    expect(error.kind).toBe(kinds[name]);
  });
});
