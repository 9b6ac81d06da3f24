import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EmbeddingsRequest } from '../../contract/embeddings.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import type { JsonObject } from '../../contract/json.js';
import { GEMINI_EMBEDDINGS_OUTBOUND } from '../gemini/gemini.format.js';
import { readString } from '../json/read-json.js';
import { decodeEmbeddingsRequest } from './decode-request.js';
import { encodeEmbeddingsResponse } from './encode-response.js';
import { OPENAI_EMBEDDINGS_OUTBOUND } from './openai-embeddings.format.js';

const decode = (json: JsonObject): EmbeddingsRequest =>
  decodeEmbeddingsRequest({ text: JSON.stringify(json), json });

function detailsOf(json: JsonObject): readonly string[] | undefined {
  try {
    decode(json);
  } catch (error) {
    if (error instanceof GatewayError) return error.details;
  }
  return undefined;
}

describe('an embeddings request', () => {
  it.each([['a'], [['a', 'b']], [[1, 2]], [[[1], [2, 3]]]])('takes the input %j', (input) => {
    expect(
      decode({ input, model: '', dimensions: 3, encoding_format: 'base64', user: 'u', provider: 'p', x: 1 }),
    ).toMatchObject({
      input,
      model: undefined,
      provider: 'p',
      dimensions: 3,
      encodingFormat: 'base64',
      user: 'u',
      extensions: { x: 1 },
    });
  });

  it.each<[JsonObject, readonly string[]]>([
    [{}, ['input must be a string or an array of strings or tokens, found nothing']],
    [{ input: '' }, ['input must not be empty']],
    [{ input: [] }, ['input must not be empty']],
    [{ input: ['a', ''] }, ['input[1] must be a non-empty string, found an empty string']],
    [{ input: [1, 'a'] }, ['input[1] must be a token, which is a whole number, found string']],
    [{ input: [[1], []] }, ['input[1] must be a non-empty array of tokens, found array']],
    [{ input: [{}] }, ['input[0] must be a string, a token or an array of tokens, found object']],
    [
      { input: 'a', model: 1, dimensions: 0, encoding_format: 'x', user: [] },
      [
        'model must be a string, found number',
        'user must be a string, found array',
        'dimensions must be a whole number above 0, found 0',
        'encoding_format must be "float" or "base64", found "x"',
      ],
    ],
  ])('says everything that is wrong with %j', (json, details) => {
    expect(detailsOf(json)).toEqual(details);
  });

  it('goes on as it is, apart from the model and the pin', () => {
    const text = '{ "input": [1,2], "provider":"p", "model":"m", "unknown": 1.00 }';
    const request = decodeEmbeddingsRequest({ text, json: JSON.parse(text) as JsonObject });
    expect(OPENAI_EMBEDDINGS_OUTBOUND.encodeRequest(request, { model: 'n' })).toEqual({
      body: '{ "input": [1,2], "model":"n", "unknown": 1.00 }',
      dropped: [],
    });
  });
});

describe('an embeddings answer', () => {
  it.each(['<html>', '3', '{}', '{"data":[]}', '{"data":[{}]}'])('is none as %s', (text) => {
    expect(() => OPENAI_EMBEDDINGS_OUTBOUND.decodeResponse(text)).toThrow(UnreadableAnswer);
  });

  it('may be an error in its place', () => {
    const text = '{"error":{"message":"Too many requests","code":"rate_limit_exceeded"}}';
    expect(() => OPENAI_EMBEDDINGS_OUTBOUND.decodeResponse(text)).toThrow(
      expect.objectContaining({ vendorError: expect.objectContaining({ kind: 'rate_limit' }) as unknown }),
    );
  });

  it('of Gemini is written in the form that was asked for', () => {
    const text =
      '{"embeddings":[{"values":[0.5,-1]},{"values":[2,0]}],"usageMetadata":{"promptTokenCount":7}}';
    const result = GEMINI_EMBEDDINGS_OUTBOUND.decodeResponse(text);
    expect(result).toMatchObject({ count: 2, usage: { inputTokens: 7 } });
    const write = (json: JsonObject): JsonObject =>
      JSON.parse(encodeEmbeddingsResponse(result, { request: decode(json), model: 'm' })) as JsonObject;
    expect(write({ input: ['a', 'b'] })).toEqual({
      object: 'list',
      data: [
        { object: 'embedding', index: 0, embedding: [0.5, -1] },
        { object: 'embedding', index: 1, embedding: [2, 0] },
      ],
      model: 'm',
      usage: { prompt_tokens: 7, total_tokens: 7 },
    });
    const [first] = write({ input: 'a', encoding_format: 'base64' })['data'] as { embedding: string }[];
    const bytes = Buffer.from(first?.embedding ?? '', 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([0.5, -1, 8]);
  });

  it('of Gemini is one for each text, and for texts alone', () => {
    const encode = (json: JsonObject) =>
      GEMINI_EMBEDDINGS_OUTBOUND.encodeRequest(decode(json), { model: 'm' });
    const { body, dropped } = encode({ input: ['a', 'b'], user: 'u', x: 1 });
    expect(JSON.parse(body)).toEqual({
      requests: ['a', 'b'].map((text) => ({ model: 'models/m', content: { parts: [{ text }] } })),
    });
    expect(dropped).toEqual(['user', 'x']);
    expect(() => encode({ input: [1, 2] })).toThrow('input must be a string or an array of strings');
  });

  it.each(['{"embeddings":[]}', '{"embeddings":[{"values":["a"]}]}', '[]', 'x'])(
    'of Gemini is none as %s',
    (text) => {
      expect(() => GEMINI_EMBEDDINGS_OUTBOUND.decodeResponse(text)).toThrow(UnreadableAnswer);
    },
  );
});

const recordings = resolve(process.env['SLUICE_RECORDINGS'] ?? '../shared/recordings');
const cases = ['openai', 'azure', 'mistral'].flatMap((vendor) => {
  const folder = join(recordings, vendor);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.startsWith('embeddings')).map((name) => join(folder, name));
});

describe.skipIf(cases.length === 0)('recorded embeddings', () => {
  it.each(cases.map((folder) => [folder.slice(recordings.length + 1), folder]))('%s', (_name, folder) => {
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    const meta = JSON.parse(read('meta.json')) as { status: number };
    const json = JSON.parse(read('request.json')) as JsonObject;
    const request = decodeEmbeddingsRequest({ text: read('request.json'), json });
    expect(OPENAI_EMBEDDINGS_OUTBOUND.encodeRequest(request, { model: readString(json['model']) }).body).toBe(
      read('request.json'),
    );
    const text = read('response.json');
    if (meta.status !== 200) {
      const error = OPENAI_EMBEDDINGS_OUTBOUND.decodeError({
        status: meta.status,
        headers: {},
        body: text,
        now: 0,
      });
      expect(error.kind).toBe('model_not_found');
      return;
    }
    const result = OPENAI_EMBEDDINGS_OUTBOUND.decodeResponse(text);
    const answer = JSON.parse(text) as { model: string; data: unknown[]; usage: { prompt_tokens: number } };
    expect(result).toMatchObject({
      count: answer.data.length,
      model: answer.model,
      usage: { inputTokens: answer.usage.prompt_tokens },
    });
    expect(encodeEmbeddingsResponse(result, { request, model: 'x' })).toBe(text);
  });
});
