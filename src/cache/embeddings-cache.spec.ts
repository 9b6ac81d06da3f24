import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { Redactor } from '../common/redactor.js';
import { readEnvironment } from '../config/environment.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { EmbeddingsRequest } from '../contract/embeddings.js';
import type { JsonObject, JsonValue } from '../contract/json.js';
import { decodeEmbeddingsRequest } from '../formats/openai-embeddings/decode-request.js';
import { decodeEmbeddingsResponse } from '../formats/openai-embeddings/decode-response.js';
import { encodeEmbeddingsResponse } from '../formats/openai-embeddings/encode-response.js';
import { readVectors } from '../formats/openai-embeddings/read-vectors.js';
import { RedisConnection } from '../storage/redis-connection.js';
import { RedisPeers } from '../storage/redis-peers.js';
import { AnswerStore } from './answer-store.js';
import { EmbeddingsCache, type AskForEmbeddings, type ServedEmbeddings } from './embeddings-cache.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';

const settings = loadSettings(
  { GATEWAY_CONFIG: 'a.yaml' },
  () => 'providers: [{ name: a, vendor: openai, api_keys: [k] }]\ncache: { mode: always }',
);

const requestOf = (json: JsonObject): EmbeddingsRequest =>
  decodeEmbeddingsRequest({ text: JSON.stringify(json), json });

/** A vector that says what it is of. */
const vectorOf = (input: JsonValue): number[] => [JSON.stringify(input).length, 0.25, -1.5e-7];

function base64Of(numbers: readonly number[]): string {
  return Buffer.from(Float32Array.from(numbers).buffer).toString('base64');
}

describe('the embeddings cache', () => {
  let clock: ManualClock;
  let cache: EmbeddingsCache;
  let asked: JsonValue[];
  let model: string;
  let write: (inputs: readonly JsonValue[], request: EmbeddingsRequest) => JsonObject;

  const ask: AskForEmbeddings = (request) => {
    const { input } = request;
    asked.push(input);
    const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
    expect(JSON.parse(request.original.text)).toEqual(request.original.json);
    const result = decodeEmbeddingsResponse(JSON.stringify(write(inputs, request)));
    return Promise.resolve({
      origin: { provider: 'a', model, dropped: [] },
      result,
      vectors: readVectors(result),
      costNano: 100 * inputs.length,
    });
  };
  const embed = (json: JsonObject, about: { tenant?: string; reads?: boolean; maxAgeMs?: number } = {}) => {
    const { tenant = 't', reads = true, maxAgeMs = Infinity } = about;
    return cache.answer(
      {
        request: requestOf(json),
        context: { tenant, models: ['*'], settings },
        directives: { use: true, reads, maxAgeMs, ttlMs: 60_000, scope: 'key' },
      },
      ask,
    );
  };
  const written = ({ result }: ServedEmbeddings, json: JsonObject): JsonObject =>
    JSON.parse(encodeEmbeddingsResponse(result, { request: requestOf(json), model: 'm' })) as JsonObject;
  const numbersIn = (answer: JsonObject): JsonValue[] =>
    (answer['data'] as JsonObject[]).map(({ embedding }) => embedding ?? null);

  beforeEach(() => {
    clock = new ManualClock();
    const connection = new RedisConnection(readEnvironment({}).settings, clock, new Redactor());
    const memory = new MemoryStore(new SettingsHolder(settings), clock);
    cache = new EmbeddingsCache(
      new AnswerStore(memory, new RedisStore(connection, clock), new RedisPeers(connection)),
      clock,
    );
    asked = [];
    model = 'm';
    write = (inputs, { encodingFormat }) => ({
      object: 'list',
      data: inputs.map((input, index) => ({
        object: 'embedding',
        index,
        embedding: encodingFormat === 'base64' ? base64Of(vectorOf(input)) : vectorOf(input),
      })),
      model: `${model}-1`,
      usage: { prompt_tokens: inputs.length * 5, total_tokens: inputs.length * 5 },
    });
  });

  test('asks only for the inputs that it has not, and gives all in their order', async () => {
    await embed({ input: ['one', 'three'] });
    clock.advance(7_000);
    const json = { input: ['zero', 'one', 'two!', 'three'] };
    const served = await embed(json);
    expect(asked).toEqual([
      ['one', 'three'],
      ['zero', 'two!'],
    ]);
    expect(served).toMatchObject({ outcome: 'miss', ageMs: 7_000, savedNano: 200 });
    expect(written(served, json)).toEqual({
      object: 'list',
      data: json.input.map((input, index) => ({ object: 'embedding', index, embedding: vectorOf(input) })),
      model: 'm-1',
      usage: { prompt_tokens: 10, total_tokens: 10 },
    });
  });

  test('asks nobody when it has all, at no cost', async () => {
    await embed({ input: 'one' });
    const served = await embed({ input: ['one', 'one'] });
    expect(asked).toEqual(['one']);
    expect(served).toMatchObject({ outcome: 'hit', origin: { provider: 'a', model: 'm' }, savedNano: 100 });
    expect(written(served, { input: ['one', 'one'] })).toMatchObject({
      data: [{ embedding: vectorOf('one') }, { embedding: vectorOf('one') }],
      usage: { prompt_tokens: 0 },
    });
  });

  test('passes on an answer for which nothing was kept as it came', async () => {
    const served = await embed({ input: ['one', 'one'] });
    expect(served).toMatchObject({ outcome: 'miss', ageMs: 0, savedNano: null });
    expect(served.result.original?.text).toBe(
      JSON.stringify(write(['one', 'one'], requestOf({ input: 'x' }))),
    );
  });

  test('keeps tokens and base64 as well', async () => {
    const json = { input: [[1, 2], [3]], encoding_format: 'base64' };
    await embed(json);
    const single = { input: [1, 2], encoding_format: 'base64' };
    const served = await embed(single);
    expect(asked).toEqual([json.input]);
    expect(numbersIn(written(served, single))).toEqual([base64Of(vectorOf([1, 2]))]);
  });

  test.each<[string, JsonObject, object]>([
    ['another tenant', {}, { tenant: 'other' }],
    ['another number of dimensions', { dimensions: 2 }, {}],
    ['another encoding', { encoding_format: 'base64' }, {}],
    ['another end user', { user: 'u' }, {}],
    ['another model', { model: 'a/other' }, {}],
    ['a member that nobody knows', { input_type: 'query' }, {}],
    ['who wants a fresh one', {}, { reads: false }],
  ])('gives nothing to %s', async (_name, members, about) => {
    await embed({ input: 'one' });
    await embed({ input: 'one', ...members }, about);
    expect(asked).toEqual(['one', 'one']);
  });

  test('gives nothing that is too old', async () => {
    await embed({ input: 'one' });
    clock.advance(10_000);
    await embed({ input: 'one' }, { maxAgeMs: 10_000 });
    expect(asked).toHaveLength(1);
    await embed({ input: 'one' }, { maxAgeMs: 9_999 });
    expect(asked).toHaveLength(2);
    clock.advance(60_000);
    await embed({ input: 'one' });
    expect(asked).toHaveLength(3);
  });

  test('never mixes vectors of two models', async () => {
    await embed({ input: 'one' });
    model = 'other';
    const served = await embed({ input: ['one', 'two'] });
    expect(asked).toEqual(['one', ['two'], ['one', 'two']]);
    expect(served).toMatchObject({ outcome: 'miss', result: { model: 'other-1', count: 2 } });
    expect(await embed({ input: ['one', 'two'] })).toMatchObject({
      outcome: 'hit',
      result: { model: 'other-1' },
    });
  });

  test('keeps those of the model that most are of', async () => {
    await embed({ input: ['one', 'two'] });
    model = 'other';
    await embed({ input: ['three'] });
    model = 'm';
    await embed({ input: ['one', 'two', 'three'] });
    expect(asked.at(-1)).toEqual(['three']);
  });

  test.each<[string, (data: JsonObject[]) => JsonObject[]]>([
    ['are fewer than the inputs', (data) => data.slice(1)],
    ['have one index twice', (data) => data.map((item) => ({ ...item, index: 0 }))],
    ['are no vectors', (data) => data.map((item) => ({ ...item, embedding: ['x'] }))],
  ])('keeps none that %s', async (_name, change) => {
    const whole = write;
    write = (inputs, request) => {
      const answer = whole(inputs, request);
      return { ...answer, data: change(answer['data'] as JsonObject[]) };
    };
    await embed({ input: ['one', 'two'] });
    await embed({ input: ['one', 'two'] });
    expect(asked).toHaveLength(2);
  });

  test('takes vectors in the order that their indexes say', async () => {
    const whole = write;
    write = (inputs, request) => {
      const answer = whole(inputs, request);
      return { ...answer, data: (answer['data'] as JsonObject[]).toReversed() };
    };
    await embed({ input: ['one', 'three'] });
    const served = await embed({ input: ['three', 'one'] });
    expect(served.result.vectors).toEqual([vectorOf('three'), vectorOf('one')]);
  });
});
