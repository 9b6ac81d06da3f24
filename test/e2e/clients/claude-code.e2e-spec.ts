import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { getJson, postJson, postStream } from '../../support/http.js';
import { CALLER_KEY, ThreeVendors } from './three-vendors.js';

/** Beyond 2^53: a double would make it 9007199254740992. */
const LARGE = '9007199254740993';

/** A request as Claude Code makes it, in an order of keys and a spelling of its own. */
function requestText(model: string, more = ''): string {
  return `{
  "max_tokens": 32000, "model": "${model}",
  "system": [
    {"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.0; cc_entrypoint=cli;"},
    {"type":"text","text":"You are Claude Code.","cache_control":{"type":"ephemeral"}},
    {"cache_control":{"ttl":"1h","type":"ephemeral"},"text":"Caf\\u00e9 \\/ tools","type":"text"}
  ],
  "zeta": {"b": 1.50, "a": 1e3, "large": ${LARGE}, "1": null},
  "messages": [
    {"role":"user","content":[{"type":"text","text":"<system-reminder>be brief</system-reminder>"},{"type":"text","text":"list the files","cache_control":{"type":"ephemeral"}}]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"I should look.","signature":"EqQBsigned+/="},{"type":"tool_use","id":"toolu_01A","name":"Bash","input":{"z":1,"command":"ls","inode":${LARGE}}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_01A","content":[{"type":"text","text":"README.md"}],"is_error":false,"cache_control":{"type":"ephemeral"}},{"type":"text","text":"go on"}]}
  ],
  "tools": [
    {"name":"Bash","description":"Runs a command","input_schema":{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"command":{"type":"string"}},"required":["command"],"additionalProperties":false}},
    {"name":"Read","description":"Reads a file","input_schema":{"type":"object","properties":{"path":{"type":"string"}}},"cache_control":{"type":"ephemeral"}}
  ],
  "thinking": {"type":"enabled","budget_tokens":31999},
  "metadata": {"user_id":"{\\"device_id\\":\\"d1\\",\\"account_uuid\\":\\"\\",\\"session_id\\":\\"s1\\"}"},
  "context_management": {"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
  "next_month_option": {"on":true}${more}
}`;
}

const BETAS = 'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27';
const HEADERS = {
  authorization: `Bearer ${CALLER_KEY}`,
  'anthropic-version': '2023-06-01',
  'anthropic-beta': BETAS,
  'anthropic-dangerous-direct-browser-access': 'true',
  'user-agent': 'claude-cli/2.1.0 (external, cli)',
  'x-app': 'cli',
  'x-stainless-lang': 'js',
  cookie: 'session=secret',
};

describe('the requests of Claude Code', () => {
  let vendors: ThreeVendors;
  const url = () => `${vendors.url}/v1/messages?beta=true`;

  beforeAll(async () => {
    vendors = await ThreeVendors.start();
  });
  afterEach(() => vendors.heal());
  afterAll(() => vendors.close());

  test.each(['', ', "stream": true'])(
    'reach an Anthropic target byte for byte apart from the model (%s)',
    async (more) => {
      const response = await fetch(url(), {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...HEADERS },
        body: requestText('anthropic/claude-haiku-4-5', more),
      });
      await response.text();
      expect(response.status).toBe(200);
      expect(response.headers.get('x-sluice-dropped')).toBeNull();
      const [request] = vendors.vendor('anthropic').requests;
      expect(request?.rawBody).toBe(requestText('claude-haiku-4-5', more));
    },
  );

  test('a bare model name leaves nothing to change at all', async () => {
    const { status } = await postJson(url(), requestText('claude-haiku-4-5'), HEADERS);
    expect(status).toBe(200);
    expect(vendors.vendor('anthropic').requests[0]?.rawBody).toBe(requestText('claude-haiku-4-5'));
  });

  test.each([
    ['authorization', HEADERS],
    ['x-api-key', { ...HEADERS, authorization: '', 'x-api-key': CALLER_KEY }],
  ])('betas and version are forwarded unchanged, the key in %s is not', async (_name, headers) => {
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
    await postJson(url(), requestText('claude-haiku-4-5'), sent);
    const [request] = vendors.vendor('anthropic').requests;
    expect(request?.headers['anthropic-beta']).toBe(BETAS);
    expect(request?.headers['anthropic-version']).toBe('2023-06-01');
    expect(request?.headers['x-api-key']).toBe('vendor-key-of-anthropic');
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.headers.cookie).toBeUndefined();
    expect(JSON.stringify(request)).not.toContain(CALLER_KEY);
  });

  test('the answer of an Anthropic target comes back as the vendor wrote it', async () => {
    const body = `{"model":"claude-haiku-4-5","id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"hi","citations":null}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1,"new_count":${LARGE}},"context_management":{"applied_edits":[]}}`;
    vendors.vendor('anthropic').behave({ kind: 'replay', contentType: 'application/json', body });
    const response = await fetch(url(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...HEADERS },
      body: requestText('claude-haiku-4-5'),
    });
    expect(await response.text()).toBe(body);
  });

  test.each(['anthropic/claude-haiku-4-5', 'openai/gpt-4o-mini', 'claude-haiku-4-5', 'auto'])(
    'the answer to %s names the model as the caller did, streamed or not',
    async (model) => {
      const whole = await postJson(url(), requestText(model), HEADERS);
      expect(whole.body).toMatchObject({ model });
      expect(whole.headers.get('x-sluice-model')).toMatch(/^(?:claude-haiku-4-5|gpt-4o-mini)$/);
      const { events } = await postStream(url(), JSON.parse(requestText(model, ', "stream": true')), HEADERS);
      expect(events[0]).toMatchObject({ type: 'message_start', message: { model } });
    },
  );

  describe.each([
    ['openai', 'openai/gpt-4o-mini'],
    ['gemini', 'gemini/gemini-2.5-flash'],
  ] as const)('in front of %s', (name, model) => {
    test('are answered, and a header names what was left out', async () => {
      const { status, body, headers } = await postJson(url(), requestText(model), HEADERS);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        type: 'message',
        role: 'assistant',
        content: [{ type: 'text', text: expect.stringContaining(`Hello from ${name}`) as string }],
        stop_reason: 'end_turn',
      });
      const dropped = headers.get('x-sluice-dropped')?.split(',') ?? [];
      expect(dropped).toEqual(expect.arrayContaining(['context_management', 'next_month_option', 'zeta']));
      const sent = vendors.vendor(name).requests[0];
      expect(sent?.body).not.toHaveProperty('context_management');
      for (const unknown of ['zeta', 'next_month_option', 'cache_control', 'EqQBsigned', 'anthropic-beta']) {
        expect(sent?.rawBody).not.toContain(unknown);
      }
      expect(sent?.headers).not.toHaveProperty('anthropic-beta');
      expect(sent?.headers).not.toHaveProperty('anthropic-version');
    });

    test('keep system blocks, tools, calls with large numbers, and results', async () => {
      await postJson(url(), requestText(model), HEADERS);
      const raw = vendors.vendor(name).requests[0]?.rawBody ?? '';
      expect(raw).toContain('You are Claude Code.');
      expect(raw).toContain('Café / tools');
      expect(raw).toContain('Runs a command');
      expect(raw).toContain('README.md');
      expect(raw).toContain(LARGE);
      expect(raw.indexOf('README.md')).toBeLessThan(raw.indexOf('go on'));
    });

    test('stream in the events of Anthropic', async () => {
      const { status, events, headers } = await postStream(
        url(),
        JSON.parse(requestText(model, ', "stream": true')),
        HEADERS,
      );
      expect(status).toBe(200);
      expect(headers.get('x-sluice-dropped')).toContain('context_management');
      const types = events.map((event) => (event as { type: string }).type);
      expect(types[0]).toBe('message_start');
      expect(types.at(-1)).toBe('message_stop');
    });
  });

  test('token counts of the same request work', async () => {
    const { status, body } = await postJson(
      `${vendors.url}/v1/messages/count_tokens?beta=true`,
      requestText('anthropic/claude-haiku-4-5'),
      HEADERS,
    );
    expect(status).toBe(200);
    expect(body).toEqual({ input_tokens: expect.any(Number) as number });
    const [request] = vendors.vendor('anthropic').requests;
    expect(request?.path).toMatch(/\/messages\/count_tokens/);
    expect(request?.headers['anthropic-beta']).toBe(BETAS);
  });

  test('an error has the shape and the header of Anthropic', async () => {
    const { status, body, headers } = await postJson(url(), requestText('claude-nothing'), HEADERS);
    expect(status).toBe(404);
    const id = headers.get('request-id');
    expect(id).toMatch(/./);
    expect(body).toEqual({
      type: 'error',
      error: { type: 'not_found_error', message: expect.stringContaining('claude-nothing') as string },
      request_id: id,
    });
  });

  test('models are listed in the shape of Anthropic', async () => {
    const { body } = await getJson(`${vendors.url}/v1/models?limit=1000`, HEADERS);
    expect(body).toMatchObject({
      has_more: false,
      first_id: 'auto',
      data: expect.arrayContaining([
        expect.objectContaining({ type: 'model', id: 'anthropic/claude-haiku-4-5' }) as unknown,
      ]) as unknown,
    });
  });
});
