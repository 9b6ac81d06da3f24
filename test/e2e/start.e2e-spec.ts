import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess, type ProcessOptions } from '../support/gateway-process.js';
import { getJson, postJson } from '../support/http.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };

// A start takes a second or two, and many times that on a busy machine.
describe('the process', { timeout: 90_000 }, () => {
  let main: string;
  let vendor: Simulator;
  let running: GatewayProcess | undefined;

  const start = (options: Omit<ProcessOptions, 'main'>): GatewayProcess => {
    running = new GatewayProcess({ main, ...options });
    return running;
  };
  const configFor = (name: string): string =>
    `providers: [{ name: ${name}, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]\n`;

  beforeAll(async () => {
    main = await buildGateway();
    vendor = await startSimulator({ format: 'openai' });
  }, 130_000);

  afterEach(async () => {
    await running?.dispose();
    running = undefined;
    await vendor.clear();
  });

  afterAll(() => vendor.close());

  /** What it says when it cannot start: one message for a person, on standard error, and exit code 1. */
  async function failureOf(gateway: GatewayProcess): Promise<string> {
    expect(await gateway.exited).toBe(1);
    expect(gateway.stderr).not.toMatch(/^\s+at .*[/(]/m);
    expect(gateway.output).not.toMatch(/node:internal|node_modules|ExceptionHandler/);
    expect(gateway.stderr.endsWith('\n')).toBe(true);
    return gateway.stderr.trim();
  }

  test('without any key it ends with 1 and says which variables to set, and how to see a demo', async () => {
    const message = await failureOf(start({}));
    expect(message.split('\n')).toHaveLength(1);
    for (const name of ['DEEPSEEK_API_KEY', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'npm run demo']) {
      expect(message).toContain(name);
    }
  });

  test('with a file whose keys are all empty it says the same', async () => {
    const message = await failureOf(
      start({ yaml: 'providers: [{ name: own, vendor: openai, api_keys: ["${OPENAI_API_KEY:-}"] }]\n' }),
    );
    expect(message).toContain('OPENAI_API_KEY');
    expect(message).toContain('npm run demo');
  });

  test('with one key it serves that vendor by the built-in default', async () => {
    const gateway = await start({ environment: { OPENAI_API_KEY: 'some-key' } }).listening();
    const { body } = await getJson(`${gateway.url}/v1/models`);
    expect(body).toMatchObject({ data: [{ id: 'auto' }, { id: 'openai/gpt-4o-mini' }] });
    expect(
      Object.keys(((await getJson(`${gateway.url}/health`)).body as { details: object }).details),
    ).toEqual(['openai', 'database']);
  });

  test('a taken port is named', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    try {
      const port = String((holder.address() as AddressInfo).port);
      const message = await failureOf(start({ yaml: configFor('openai'), environment: { PORT: port } }));
      expect(message).toBe(`Port ${port} on 127.0.0.1 is taken by another process; set PORT to a free one`);
    } finally {
      holder.close();
    }
  });

  test('an address that is not of this machine is named', async () => {
    const message = await failureOf(
      start({ yaml: configFor('openai'), environment: { HOST: '203.0.113.7', PORT: '8000' } }),
    );
    expect(message).toContain('Cannot listen on 203.0.113.7 port 8000');
  });

  test('broken YAML is told with its place', async () => {
    const message = await failureOf(start({ yaml: 'providers:\n  - name: [openai\n    vendor: : openai\n' }));
    expect(message).toMatch(/^The configuration has \d+ faults?:\n/);
    expect(message).toMatch(/config\/gateway\.yaml:\d/);
  });

  test('all faults of file and environment come in one list', async () => {
    const message = await failureOf(
      start({
        yaml: 'server: { body_limit: 32 }\nproviders: [{ name: openai, vendor: opnai, api_keys: [k] }]\n',
        environment: { PORT: 'http' },
      }),
    );
    expect(message).toMatch(/^The configuration has 3 faults:\n/);
    expect(message).toContain('server.body_limit');
    expect(message).toContain('providers[0].vendor');
    expect(message).toContain('PORT');
  });

  test('a file that GATEWAY_CONFIG names must be there', async () => {
    const message = await failureOf(start({ environment: { GATEWAY_CONFIG: 'nowhere.yaml' } }));
    expect(message).toContain('nowhere.yaml');
  });

  test('a configuration file that cannot be read is named', async () => {
    const message = await failureOf(start({ environment: { GATEWAY_CONFIG: '.' } }));
    expect(message).toMatch(/^The configuration has 1 fault:\n {2}\.: found a file that cannot be read/);
  });

  test('so is an .env that cannot be read', async () => {
    const message = await failureOf(start({ yaml: configFor('openai'), files: { '.env/inside': '' } }));
    expect(message).toMatch(
      /^\.env: found something that cannot be read \(EISDIR.*\), expected a readable file/,
    );
    expect(message.split('\n')).toHaveLength(1);
  });

  test.each([
    ['while the application is made', 'config/config-watcher.js', 'ConfigWatcher', 'read'],
    ['while it is set up', 'common/redactor.js', 'Redactor', 'learn'],
    ['when it is told to begin', 'config/config-watcher.js', 'ConfigWatcher', 'onApplicationBootstrap'],
  ])('a start fault that any part throws %s is printed alone', async (_, file, name, method) => {
    const built = (path: string): string => JSON.stringify(pathToFileURL(join(dirname(main), path)).href);
    const script = `
import { StartFault } from ${built('common/start-fault.js')};
import { ${name} } from ${built(file)};
${name}.prototype.${method} = () => { throw new StartFault('The part is broken: mend it'); };
await import(${built('main.js')});
`;
    const folder = mkdtempSync(join(tmpdir(), 'sluice-start-'));
    const faulty = join(folder, 'main.mjs');
    writeFileSync(faulty, script);
    try {
      running = new GatewayProcess({ main: faulty, yaml: configFor('openai') });
      expect(await failureOf(running)).toBe('The part is broken: mend it');
      expect(running.stdout).not.toContain('The part is broken');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('it serves what the file says, and logs one JSON object a line', async () => {
    const gateway = await start({ yaml: configFor('first') }).listening();
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).body).toMatchObject({ provider: 'first' });
    await vi.waitFor(() => {
      expect(gateway.stdout).toContain('"format":"simple-chat"');
    });
    for (const line of gateway.stdout.trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({
        level: expect.any(String) as string,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      });
    }
    expect(gateway.stderr).toBe('');
  });

  test('SIGHUP reads the configuration anew, without a restart and without breaking a stream', async () => {
    vendor.behave('drip-20;chunks=100', { times: 1 });
    const gateway = await start({ yaml: configFor('first') }).listening();
    const streaming = await fetch(`${gateway.url}/v1/chat`, {
      method: 'POST',
      body: JSON.stringify({ ...QUESTION, stream: true }),
    });
    gateway.writeConfig(configFor('second'));
    gateway.signal('SIGHUP');
    await vi.waitFor(
      async () => {
        const answer = await postJson(`${gateway.url}/v1/chat`, QUESTION);
        expect(answer.body).toMatchObject({ provider: 'second' });
      },
      { timeout: 30_000 },
    );
    expect(gateway.stdout).toContain('The configuration was read anew');
    const text = await streaming.text();
    expect(text).toContain('"provider":"first"');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(gateway.hasExited).toBe(false);
  });

  test('SIGHUP reloads even a file that has not changed', async () => {
    const gateway = await start({ yaml: configFor('first') }).listening();
    gateway.signal('SIGHUP');
    await vi.waitFor(
      () => {
        expect(gateway.stdout).toContain('The configuration was read anew');
      },
      { timeout: 30_000 },
    );
  });

  test('a changed file is taken over by itself', async () => {
    const gateway = await start({ yaml: configFor('first') }).listening();
    gateway.writeConfig(configFor('second'));
    await vi.waitFor(
      async () => {
        const answer = await postJson(`${gateway.url}/v1/chat`, QUESTION);
        expect(answer.body).toMatchObject({ provider: 'second' });
      },
      { timeout: 30_000, interval: 100 },
    );
  });

  test('an invalid new file is refused with its faults, and the old one stays in force', async () => {
    const gateway = await start({ yaml: configFor('first') }).listening();
    gateway.writeConfig('routing: { cooldown: 60 }\n');
    gateway.signal('SIGHUP');
    await vi.waitFor(
      () => {
        expect(gateway.stdout).toContain('The new configuration is refused');
      },
      { timeout: 30_000 },
    );
    expect(gateway.stdout).toContain('routing.cooldown');
    expect((await postJson(`${gateway.url}/v1/chat`, QUESTION)).body).toMatchObject({ provider: 'first' });
  });

  test.runIf(process.platform === 'linux')("V8's threads give way to the one that serves", async () => {
    const { pid } = await start({ yaml: configFor('first') }).listening();
    const tasks = `/proc/${String(pid)}/task`;
    const niceness = readdirSync(tasks)
      .filter((id) => readFileSync(`${tasks}/${id}/comm`, 'utf8').includes('V8Worker'))
      .map((id) => getPriority(Number(id)));
    expect(niceness.length).toBeGreaterThan(0);
    expect(new Set(niceness)).toEqual(new Set([Math.min(getPriority(pid) + 12, 19)]));
  });
});
