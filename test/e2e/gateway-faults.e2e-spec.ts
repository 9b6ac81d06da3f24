import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { describeWithProgram } from '../support/describe-with-program.js';
import { buildGateway, GatewayProcess } from '../support/gateway-process.js';
import { getJson, postJson } from '../support/http.js';
import { rawAnswer, startRawVendor, type RawRequest, type RawVendor } from '../support/raw-vendor.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** What goes wrong in the gateway itself is not booked on a vendor. */

const QUESTION = { model: 'auto', messages: [{ role: 'user', content: 'hi' }] };
const MIB = 1024 * 1024;

describe('an answer beyond a limit of the gateway', () => {
  let vendor: RawVendor;
  let second: Simulator;
  let gateway: RunningGateway;

  beforeEach(async () => {
    second = await startSimulator({ format: 'openai' });
  });

  afterEach(async () => {
    await gateway.close();
    await vendor.close();
    await second.close();
  });

  async function start(serve: (request: RawRequest) => void, isAlone = false): Promise<void> {
    vendor = await startRawVendor(serve);
    const provider = (name: string, url: string) => ({
      name,
      vendor: 'openai',
      base_url: `${url}/v1`,
      api_keys: ['key'],
      model: 'small',
    });
    const providers = [provider('one', vendor.url), provider('two', second.url)];
    gateway = await startGateway({
      yaml: JSON.stringify({ providers: providers.slice(0, isAlone ? 1 : 2) }),
    });
  }

  const ask = (stream: boolean) =>
    request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...QUESTION, stream }),
    });

  const LARGE: readonly (readonly [what: string, stream: boolean, serve: (request: RawRequest) => void])[] = [
    [
      'a whole answer above 64 MiB',
      false,
      ({ socket }) => {
        socket.write(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${String(66 * MIB)}\r\n\r\n`,
        );
        socket.write(Buffer.alloc(66 * MIB, ' '));
      },
    ],
    [
      'an event above 32 MiB',
      true,
      ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\ndata: ');
        socket.write(Buffer.alloc(33 * MIB, 'x'));
      },
    ],
    [
      'a head above 64 KB',
      false,
      (incoming) => incoming.socket.write(rawAnswer(incoming, [`x-large: ${'x'.repeat(70_000)}`])),
    ],
  ];

  test.each(LARGE)('%s: the request moves on and nobody rests', async (_, stream, serve) => {
    await start(serve);
    for (let call = 0; call < 3; call++) {
      const { statusCode, headers, body } = await ask(stream);
      expect(statusCode).toBe(200);
      expect(headers['x-sluice-provider']).toBe('two');
      expect(headers['x-sluice-attempts']).toBe('2');
      await body.dump();
    }
    const { body } = await getJson(`${gateway.url}/health`);
    expect(body).toMatchObject({
      details: { one: { status: 'up', last_fail: null, cooling_until: null } },
    });
    const lines = gateway.logs.matching({ message: 'calls failed by a fault of the gateway' });
    expect(lines[0]).toMatchObject({
      level: 'error',
      message: { reason: expect.stringContaining('limit of') as unknown },
    });
    expect(gateway.logs.matching({ message: 'attempt failed' })).toEqual([]);
  });

  test.each(LARGE)(
    '%s: the caller of the last one gets an internal error that says so',
    async (_, stream, serve) => {
      await start(serve, true);
      const { statusCode, body } = await ask(stream);
      expect(statusCode).toBe(500);
      expect(await body.json()).toMatchObject({
        error: { code: 'internal_error', message: expect.stringContaining('limit of') as unknown },
      });
      expect(vendor.requests).toHaveLength(1);
    },
  );
});

describeWithProgram('prlimit', 'apt-get install util-linux', 'a gateway without file descriptors', () => {
  let vendor: Simulator;
  let gateway: GatewayProcess;

  beforeEach(async () => {
    vendor = await startSimulator({ format: 'openai' });
  });

  afterEach(async () => {
    await gateway.dispose();
    await vendor.close();
  });

  const limit = (descriptors: number): void => {
    execFileSync('prlimit', ['--pid', String(gateway.pid), `--nofile=${String(descriptors)}:`]);
  };

  test.each(['127.0.0.1', 'localhost'])(
    'fails the request, not the vendor at %s, and serves as soon as it has some',
    async (host) => {
      const url = vendor.url.replace('127.0.0.1', host);
      gateway = await new GatewayProcess({
        main: await buildGateway(),
        yaml: `providers: [{ name: one, vendor: openai, base_url: "${url}/v1", api_keys: [key], model: small, connect_timeout: 2s }]\n`,
      }).listening();
      // Its connection stands before the descriptors are gone.
      const caller = new Agent({ connections: 1 });
      const call = (path: string, body?: object) =>
        request(gateway.url + path, {
          dispatcher: caller,
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      await (await call('/health')).body.dump();
      const used = readdirSync(`/proc/${String(gateway.pid)}/fd`).length;
      limit(3);
      for (let time = 0; time < 5; time++) {
        const refused = await call('/v1/chat/completions', QUESTION);
        expect(refused.statusCode).toBe(500);
        expect(await refused.body.json()).toMatchObject({
          error: {
            code: 'internal_error',
            message: expect.stringContaining('no file descriptors are left') as unknown,
          },
        });
      }
      limit(used + 200);
      const served = await call('/v1/chat/completions', QUESTION);
      expect(served.statusCode).toBe(200);
      await served.body.dump();
      const health = await (await call('/health')).body.json();
      expect(health).toMatchObject({ details: { one: { status: 'up', last_fail: null } } });
      const lines = gateway.stdout.split('\n').filter((line) => line.includes('a fault of the gateway'));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThan(5);
      expect(lines[0]).toContain('ulimit -n');
      await caller.close();
    },
    180_000,
  );
});

describe('a key that no header can carry', () => {
  const MAIN = buildGateway();

  test.each([
    [
      'a variable of a vendor',
      { OPENAI_API_KEY: 'sk-secret\nsk-other' },
      undefined,
      'environment: OPENAI_API_KEY',
    ],
    [
      'a variable that the file names',
      { MINE: 'sk-secret\nb' },
      'providers: [{ name: one, vendor: openai, api_keys: ["fine", "${MINE}"] }]\n',
      'providers[0].api_keys[1]',
    ],
    [
      'the default of a variable in the file',
      {},
      'providers: [{ name: one, vendor: openai, api_keys: ["${MINE:-sk-secret\\nb}"] }]\n',
      'providers[0].api_keys[0]',
    ],
    [
      'the file itself',
      {},
      'providers: [{ name: one, vendor: openai, api_keys: ["sk-secret\\r\\nx: y"] }]\n',
      'providers[0].api_keys[0]',
    ],
    [
      'a gateway key of the file',
      { OPENAI_API_KEY: 'k' },
      'auth: { keys: [{ name: team, key: "sk-secret\\nb" }] }\n',
      'auth.keys[0].key',
    ],
    [
      'GATEWAY_API_KEYS',
      { OPENAI_API_KEY: 'k', GATEWAY_API_KEYS: 'team:sk-secret\u2026' },
      undefined,
      'GATEWAY_API_KEYS',
    ],
    [
      'GATEWAY_ADMIN_KEY',
      { OPENAI_API_KEY: 'k', GATEWAY_ADMIN_KEY: 'sk-secret-1234567\nb' },
      undefined,
      'GATEWAY_ADMIN_KEY',
    ],
    [
      'a header of a provider',
      { OPENAI_API_KEY: 'k' },
      'providers: [{ name: one, vendor: openai, headers: { x-key: "sk-secret\\nb" } }]\n',
      'providers[0].headers.x-key',
    ],
  ])(
    'in %s stops the start, and is named but not shown',
    async (_, environment, yaml, place) => {
      const gateway = new GatewayProcess({
        main: await MAIN,
        environment,
        ...(yaml === undefined ? {} : { yaml }),
      });
      try {
        expect(await gateway.exited).toBe(1);
        expect(gateway.output).toContain(place);
        expect(gateway.output).not.toContain('sk-secret');
      } finally {
        await gateway.dispose();
      }
    },
    180_000,
  );
});

test('a caller whose request cannot be written for the vendor rests nobody', async () => {
  const vendor = await startSimulator({ format: 'openai' });
  const gateway = await startGateway({
    yaml: JSON.stringify({
      providers: [
        { name: 'one', vendor: 'openai', base_url: `${vendor.url}/v1`, api_keys: ['key'], models: ['*'] },
      ],
    }),
  });
  try {
    for (const model of ['\ud800', 'a\nb', '\u0000', 'x'.repeat(2_000)]) {
      await postJson(`${gateway.url}/v1/chat/completions`, { ...QUESTION, model });
    }
    expect((await postJson(`${gateway.url}/v1/chat/completions`, QUESTION)).status).toBe(200);
  } finally {
    await gateway.close();
    await vendor.close();
  }
});
