import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getJson } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const ANTHROPIC = { 'anthropic-version': '2023-06-01' };

describe('GET /v1/models', () => {
  let gateway: RunningGateway;
  const get = (path: string, headers?: Record<string, string>) => getJson(`${gateway.url}${path}`, headers);

  beforeAll(async () => {
    gateway = await startGateway({
      yaml: `
providers:
  - { name: openai, vendor: openai, api_keys: [key], model: gpt-4o-mini, models: [gpt-4o-mini, gpt-4o, "o3*"] }
  - { name: relay, vendor: openai-compatible, base_url: "http://127.0.0.1:9/v1", api_keys: [key], models: ["meta/llama-3", "gpt-4o"] }
  - { name: keyless, vendor: anthropic, api_keys: [""] }
routing:
  default_route: smart
  routes:
    - { name: smart, targets: [openai, relay] }
    - { name: special, targets: [openai/gpt-4o-2024-11-20] }
`,
    });
  });

  afterAll(() => gateway.close());

  const IDS = [
    'smart',
    'special',
    'openai/gpt-4o-mini',
    'openai/gpt-4o',
    'relay/meta/llama-3',
    'relay/gpt-4o',
  ];

  test('lists routes, then every provider/model that can be called, as OpenAI does', async () => {
    const { status, body } = await get('/v1/models');
    expect(status).toBe(200);
    expect(body).toEqual({
      object: 'list',
      data: IDS.map((id) => ({
        id,
        object: 'model',
        created: 0,
        owned_by: id.includes('/') ? id.slice(0, id.indexOf('/')) : 'sluice',
      })),
    });
  });

  test('lists the same as Anthropic does for callers that send anthropic-version', async () => {
    const { body } = await get('/v1/models', ANTHROPIC);
    expect(body).toEqual({
      data: IDS.map((id) => ({ type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' })),
      has_more: false,
      first_id: IDS[0],
      last_id: IDS.at(-1),
    });
  });

  test.each([...IDS, 'relay/meta%2Fllama-3', 'gpt-4o', 'gpt-4o-mini', 'meta/llama-3'])(
    'finds %s',
    async (id) => {
      const { status, body } = await get(`/v1/models/${id}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ id: decodeURIComponent(id), object: 'model' });
    },
  );

  test('finds an id whose slash is encoded, as SDKs send it', async () => {
    const { body } = await get(`/v1/models/${encodeURIComponent('relay/meta/llama-3')}`);
    expect(body).toEqual({ id: 'relay/meta/llama-3', object: 'model', created: 0, owned_by: 'relay' });
  });

  test('one model comes in the Anthropic shape too', async () => {
    const { body } = await get('/v1/models/openai/gpt-4o', ANTHROPIC);
    expect(body).toMatchObject({ type: 'model', id: 'openai/gpt-4o' });
  });

  test('a bare model belongs to the first provider that lists it', async () => {
    expect((await get('/v1/models/gpt-4o')).body).toMatchObject({ owned_by: 'openai' });
  });

  test.each(['gpt-5-unknown', 'openai/unknown', 'nobody/gpt-4o'])('%s is 404 in either shape', async (id) => {
    const openai = await get(`/v1/models/${id}`);
    expect(openai.status).toBe(404);
    expect(openai.body).toMatchObject({ error: { code: 'model_not_found', param: 'model' } });
    const anthropic = await get(`/v1/models/${id}`, ANTHROPIC);
    expect(anthropic.status).toBe(404);
    expect(anthropic.body).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
  });
});
