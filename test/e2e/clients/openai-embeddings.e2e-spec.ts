import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CALLER_KEY, ThreeVendors } from './three-vendors.js';

const MODEL = 'openai/text-embedding-3-small';

describe('openai: embeddings', () => {
  let vendors: ThreeVendors;
  let client: OpenAI;

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
    client = new OpenAI({ baseURL: `${vendors.url}/v1`, apiKey: CALLER_KEY });
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  test('one vector for each input, decoded from the base64 that the SDK asks for', async () => {
    const { data, response } = await client.embeddings
      .create({ model: MODEL, input: ['one', 'two', 'one'] })
      .withResponse();
    expect(data.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(data.data[0]?.embedding).toHaveLength(8);
    expect(data.data[2]?.embedding).toEqual(data.data[0]?.embedding);
    expect(data.data[1]?.embedding).not.toEqual(data.data[0]?.embedding);
    expect(data.model).toBe('text-embedding-3-small');
    expect(data.usage.prompt_tokens).toBeGreaterThan(0);
    expect(response.headers.get('x-sluice-provider')).toBe('openai');
    expect(vendors.vendor('openai').requests[0]).toMatchObject({
      key: 'vendor-key-of-openai',
      body: { model: 'text-embedding-3-small', encoding_format: 'base64' },
    });
  });

  test('as numbers with the dimensions asked for, the same as decoded from base64', async () => {
    const params = { model: MODEL, input: 'one', dimensions: 16 };
    const plain = await client.embeddings.create({ ...params, encoding_format: 'float' });
    const decoded = await client.embeddings.create(params);
    expect(plain.data[0]?.embedding).toHaveLength(16);
    expect([...(decoded.data[0]?.embedding ?? [])]).toEqual(plain.data[0]?.embedding);
  });

  test('an array of tokens is one input', async () => {
    const { data } = await client.embeddings.create({ model: MODEL, input: [1, 2, 3] });
    expect(data).toHaveLength(1);
  });

  test('an input at fault is a BadRequestError that names it', async () => {
    const error = await client.embeddings
      .create({ model: MODEL, input: [] })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: 'input' });
    expect(vendors.vendor('openai').requests).toHaveLength(0);
  });

  test('an unknown model is a NotFoundError', async () => {
    const error = await client.embeddings
      .create({ model: 'text-embedding-99', input: 'one' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
  });

  test('a vendor without embeddings is a BadRequestError, and is not called', async () => {
    const error = await client.embeddings
      .create({ model: 'anthropic/claude-haiku-4-5', input: 'one' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(vendors.vendor('anthropic').requests).toHaveLength(0);
  });
});
