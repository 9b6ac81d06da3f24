import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';

/** Part of every planted secret. It must not be seen anywhere. */
const MARK = 'planted';
const SECRETS = {
  deepseek: `sk-${MARK}-deepseek-0001-Zq7Xw`,
  deepseekSecond: `sk-${MARK}-deepseek-0002-Yk3Vb`,
  /** No prefix that any vendor uses, and characters that mean something in JSON and in regular expressions. */
  openai: `${MARK}+odd/"shape"\\$(1)==Wm9Ru`,
  anthropic: `sk-ant-api03-${MARK}-anthropic-Jh5Tn`,
  header: `${MARK}-header-token-Pd2Fs`,
  fileKey: `${MARK}-gateway-file-key-Lc8Qg`,
  environmentKey: `${MARK}-gateway-environment-key-Bn4Hx`,
  admin: `${MARK}-admin-key-Rt6Ky`,
} as const;
/** Ends of the vendor keys, as vendors leave them standing when they mask a key. */
const ENDS = ['Zq7Xw', 'Yk3Vb', 'Wm9Ru', 'Jh5Tn', 'Pd2Fs'];

const AUTHORIZED = { authorization: `Bearer ${SECRETS.fileKey}` };
const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };

function maskedForms(key: string): readonly string[] {
  const end = key.slice(-5);
  return [
    `${key.slice(0, 8)}********${end}`,
    `****${end}`,
    `${key.slice(0, 12)}...${end}`,
    `${key.slice(0, 3)}-***${end}`,
  ];
}

// A start takes a second or two, and many times that on a busy machine.
describe('secrets', { timeout: 90_000 }, () => {
  let deepseek: Simulator;
  let openai: Simulator;
  let anthropic: Simulator;
  let gateway: GatewayProcess;
  /** What callers were sent since the last look: statuses, headers and bodies. */
  const seen: string[] = [];

  async function call(
    path: string,
    body?: unknown,
    headers: Record<string, string> = AUTHORIZED,
  ): Promise<string> {
    const response = await fetch(`${gateway.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers,
    });
    const text = await response.text().catch(() => '(broken off)');
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    seen.push(`${path} ${String(response.status)}\n${head}\n${text}`);
    return text;
  }

  async function askEveryWay(provider: string): Promise<void> {
    for (const path of ['/v1/chat', '/v1/chat/completions', '/v1/messages']) {
      for (const stream of [false, true]) {
        await call(path, { ...QUESTION, provider, stream, max_tokens: 10 });
      }
    }
    await call('/health');
    await call('/v1/models');
  }

  beforeAll(async () => {
    const main = await buildGateway();
    deepseek = await startSimulator({ format: 'openai', flavour: 'deepseek' });
    openai = await startSimulator({ format: 'openai' });
    anthropic = await startSimulator({ format: 'anthropic' });
    gateway = await new GatewayProcess({
      main,
      yaml: `
auth:
  keys: [{ name: from-file, key: ${SECRETS.fileKey} }]
logging: { request_log: full }
routing: { cooldown: 0s }
providers:
  - name: deepseek
    vendor: deepseek
    base_url: ${deepseek.url}/v1
    max_retries: 0
  - name: openai
    vendor: openai
    base_url: ${openai.url}/v1
    api_keys: [${JSON.stringify(SECRETS.openai)}]
    headers: { x-proxy-token: ${SECRETS.header} }
    max_retries: 0
  - name: anthropic
    vendor: anthropic
    base_url: ${anthropic.url}/v1
    api_keys: ["\${ANTHROPIC_API_KEY}"]
    max_retries: 0
`,
      environment: {
        DEEPSEEK_API_KEY: `${SECRETS.deepseek},${SECRETS.deepseekSecond}`,
        ANTHROPIC_API_KEY: SECRETS.anthropic,
        GATEWAY_API_KEYS: `from-environment:${SECRETS.environmentKey}`,
        GATEWAY_ADMIN_KEY: SECRETS.admin,
        LOG_LEVEL: 'trace',
      },
    }).listening();
  }, 160_000);

  afterAll(async () => {
    await gateway.dispose();
    await Promise.all([deepseek.close(), openai.close(), anthropic.close()]);
  });

  function expectNothingPlanted(text: string): void {
    const lower = text.toLowerCase();
    for (const needle of [MARK, ...ENDS]) {
      const at = lower.indexOf(needle.toLowerCase());
      expect(at < 0 ? '' : text.slice(Math.max(0, at - 200), at + 200), needle).toBe('');
    }
  }

  const vendors = (): readonly (readonly [string, Simulator, string])[] => [
    ['deepseek', deepseek, SECRETS.deepseek],
    ['openai', openai, SECRETS.openai],
    ['anthropic', anthropic, SECRETS.anthropic],
  ];

  test('vendors get their keys, so that there is something to leak', async () => {
    for (const [provider, vendor, key] of vendors()) {
      await call('/v1/chat', { ...QUESTION, provider });
      expect(vendor.requests.at(-1)?.key).toContain(MARK);
      if (provider !== 'deepseek') expect(vendor.requests.at(-1)?.key).toBe(key);
    }
    expect(openai.requests.at(-1)?.headers['x-proxy-token']).toBe(SECRETS.header);
  });

  test.each([400, 401, 402, 403, 404, 422, 429, 500, 503, 529])(
    'a vendor that quotes its key in a %i, whole or half masked, is not quoted',
    async (status) => {
      for (const [provider, vendor, key] of vendors()) {
        for (const quoted of [key, ...maskedForms(key)]) {
          vendor.behave({
            kind: 'status',
            status,
            message: `The field x is wrong. Your api key: ${quoted} is invalid`,
          });
          await call('/v1/chat/completions', { ...QUESTION, provider });
        }
        vendor.behave({
          kind: 'status',
          status,
          message: `Key ${key} and header ${SECRETS.header} were sent`,
        });
        await askEveryWay(provider);
        vendor.behave({ kind: 'status', status });
        await call('/v1/chat', { ...QUESTION, provider });
        await vendor.clear();
      }
      expectNothingPlanted(seen.splice(0).join('\n'));
    },
  );

  test('nor one that echoes the whole request, in JSON, in HTML or as text', async () => {
    for (const [provider, vendor, key] of vendors()) {
      const echoes = [
        JSON.stringify({
          error: { message: `invalid field, headers: ${JSON.stringify({ authorization: `Bearer ${key}` })}` },
        }),
        JSON.stringify({ error: { message: 'bad field', code: key, param: key, type: key } }),
        `{"detail":[{"msg":"bad","input":${JSON.stringify({ key })}}]}`,
        `<html><title>400 ${key}</title><body>Authorization: Bearer ${key}</body></html>`,
        `bad request: x-api-key: ${key}`,
      ];
      for (const status of [400, 500]) {
        for (const body of echoes) {
          vendor.behave({ kind: 'status', status, body });
          await call('/v1/chat/completions', { ...QUESTION, provider });
          await call('/v1/chat', { ...QUESTION, provider, stream: true });
        }
      }
      await vendor.clear();
    }
    expectNothingPlanted(seen.splice(0).join('\n'));
  });

  test('nor one whose error comes inside a stream, before content or after it', async () => {
    for (const [provider, vendor, key] of vendors()) {
      const isAnthropic = provider === 'anthropic';
      const error = { type: 'invalid_request_error', message: `bad key ${key}`, code: key };
      const event = isAnthropic
        ? `event: error\ndata: ${JSON.stringify({ type: 'error', error })}\n\n`
        : `data: ${JSON.stringify({ error })}\n\n`;
      const content = isAnthropic
        ? 'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"model":"c","usage":{"input_tokens":1,"output_tokens":1}}}\n\n' +
          'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n' +
          'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}\n\n'
        : 'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}\n\n';
      for (const body of [event, content + event]) {
        vendor.behave({ kind: 'replay', body, contentType: 'text/event-stream' });
        for (const path of ['/v1/chat', '/v1/chat/completions']) {
          const text = await call(path, { ...QUESTION, provider, stream: true });
          if (body !== event) expect(text).toContain('Hello');
          expect(text).toContain('error');
        }
      }
      await vendor.clear();
    }
    expectNothingPlanted(seen.splice(0).join('\n'));
  });

  test('nor one whose response headers carry it', async () => {
    for (const [provider, vendor, key] of vendors()) {
      const printable = key.replace(/[^\x21-\x7e]/g, '');
      vendor.setAnswer({
        headers: { 'x-echoed-key': printable, 'set-cookie': `key=${encodeURIComponent(key)}` },
      });
      await askEveryWay(provider);
      await vendor.clear();
    }
    expectNothingPlanted(seen.splice(0).join('\n'));
  });

  test('gateway keys and the admin key, right, wrong or misplaced, are not given back', async () => {
    for (const key of [SECRETS.fileKey, SECRETS.environmentKey, SECRETS.admin, `${SECRETS.fileKey}x`]) {
      for (const headers of [
        { authorization: `Bearer ${key}` },
        { 'x-api-key': key },
        { authorization: key },
      ]) {
        await call('/v1/chat', QUESTION, headers);
        await call('/v1/chat/completions', { messages: [] }, headers);
        await call('/v1/models', undefined, headers);
        await call('/v1/unknown', undefined, headers);
        await call('/health', undefined, headers);
        await call('/admin/keys', undefined, headers);
      }
    }
    expectNothingPlanted(seen.splice(0).join('\n'));
  });

  test.each(['/health', '/health/live', '/health/ready', '/docs', '/docs-json', '/metrics', '/v1/models'])(
    '%s shows none',
    async (path) => {
      expectNothingPlanted(await call(path));
    },
  );

  test('a reload with faults and without shows none', async () => {
    gateway.writeConfig(`
auth: { keys: [{ name: x, key: [${SECRETS.fileKey}] }] }
providers: [{ name: openai, vendor: openai, api_keys: ${SECRETS.deepseek}, headers: { authorization: [${SECRETS.header}] } }]
`);
    gateway.signal('SIGHUP');
    await vi.waitFor(
      () => {
        expect(gateway.stdout).toContain('The new configuration is refused');
      },
      { timeout: 30_000 },
    );
    expectNothingPlanted(gateway.output);
  });

  test('no line of the log, at its most talkative, shows any', () => {
    expect(gateway.stdout.split('\n').length).toBeGreaterThan(200);
    expect(gateway.stdout).toContain('attempt failed');
    expectNothingPlanted(gateway.output);
  });

  test('the database has none, with prompts and answers kept and secrets in every field that a caller fills', async () => {
    const made = await call(
      '/admin/keys',
      { name: 'made' },
      { authorization: `Bearer ${SECRETS.admin}`, 'content-type': 'application/json' },
    );
    seen.length = 0;
    const { key: madeKey } = JSON.parse(made) as { key: string };
    const everywhere = [...Object.values(SECRETS), madeKey];
    for (const secret of everywhere) {
      await call(
        '/v1/chat/completions',
        {
          model: secret,
          messages: [{ role: 'user', content: secret }],
          user: secret,
        },
        { authorization: `Bearer ${madeKey}`, 'x-request-id': secret },
      );
      await call('/v1/chat', {
        messages: [{ role: 'user', content: `my key is ${secret}` }],
        metadata: { secret },
      });
      await call(`/v1/${encodeURIComponent(secret)}`, {}, { authorization: `Bearer ${secret}` });
      openai.setAnswer({ answer: `your key is ${secret}` });
      await call('/v1/chat', { ...QUESTION, provider: 'openai' });
    }
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
    const folder = join(gateway.directory, 'data');
    const files = readdirSync(folder).filter((name) => name.startsWith('sluice.db'));
    const database = files.map((name) => readFileSync(join(folder, name), 'latin1')).join('\n');
    expect(database).toContain('your key is [redacted]');
    expect(database).toContain('my key is [redacted]');
    expect(database).not.toContain(madeKey);
    expect(gateway.output).not.toContain(madeKey);
    expectNothingPlanted(database);
    expectNothingPlanted(gateway.output);
  });

  test('a start that fails on the very values that are secret does not print them', async () => {
    const failing = new GatewayProcess({
      main: await buildGateway(),
      yaml: `
auth: { keys: [${SECRETS.fileKey}] }
providers:
  - { name: openai, vendor: openai, api_keys: ${SECRETS.deepseek} }
  - { name: other, vendor: openai, base_url: "https://user:${SECRETS.header}@host/", api_key: ${SECRETS.anthropic} }
`,
      environment: {
        GATEWAY_API_KEYS: `${SECRETS.environmentKey},:${SECRETS.environmentKey}`,
        DATABASE_URL: `mysql://user:${SECRETS.admin}@host/database`,
        REDIS_URL: `http://:${SECRETS.admin}@host`,
      },
    });
    try {
      expect(await failing.exited).toBe(1);
      expect(failing.stderr).toMatch(/^The configuration has \d+ faults:\n/);
      expectNothingPlanted(failing.output);
    } finally {
      await failing.dispose();
    }
  });
});
