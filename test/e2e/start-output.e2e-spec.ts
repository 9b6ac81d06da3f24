import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { buildGateway, GatewayProcess, type ProcessOptions } from '../support/gateway-process.js';
import { postJson } from '../support/http.js';

const QUESTION = { messages: [{ role: 'user', content: 'hi' }] };
const HAS_TERMINAL = spawnSync('script', ['--version']).error === undefined && process.platform === 'linux';
const IS_CI = process.env['CI'] === 'true';
const SOON = { timeout: 60_000, interval: 20 };

describe('what a start prints', { timeout: 90_000 }, () => {
  let main: string;
  let vendor: Simulator;
  let running: GatewayProcess | undefined;

  const start = (options: Omit<ProcessOptions, 'main'>): GatewayProcess => {
    running = new GatewayProcess({ main, ...options });
    return running;
  };
  const provider = (name: string, keys: string): string =>
    `  - { name: ${name}, vendor: openai, base_url: "${vendor.url}/v1", max_retries: 0, api_keys: [${keys}] }\n`;
  const yaml = (more = ''): string =>
    `providers:\n${provider('first', 'a')}${provider('second', 'b, c')}${provider('third', '"${NOT_SET:-}"')}${more}`;
  /** The one line for machines. */
  const reportOf = ({ stdout }: GatewayProcess): Record<string, unknown> => {
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => String(line['msg']).startsWith('Serving'));
    expect(reports).toHaveLength(1);
    return reports[0] ?? {};
  };

  beforeAll(async () => {
    main = await buildGateway();
    vendor = await startSimulator({ format: 'openai' });
    if (!HAS_TERMINAL && !IS_CI)
      process.stderr.write('SKIPPED: no script command, so no terminal is tried\n');
  }, 130_000);

  afterEach(async () => {
    await running?.dispose();
    running = undefined;
    await vendor.clear();
  });

  afterAll(() => vendor.close());

  test('for machines it is one line of JSON, and nothing of the framework', async () => {
    const gateway = await start({ yaml: yaml() }).listening();
    expect(gateway.stdout.trim().split('\n')).toHaveLength(1);
    expect(reportOf(gateway)).toMatchObject({
      level: 'info',
      ['msg']: `Serving first, second on ${gateway.url}`,
      address: gateway.url,
      documentation: `${gateway.url}/docs`,
      callers: 'this machine, without a key',
      admin: 'off: set GATEWAY_ADMIN_KEY',
      providers: [
        { name: 'first', model: 'gpt-4o-mini', keys: 1, unusable: null },
        { name: 'second', model: 'gpt-4o-mini', keys: 2, unusable: null },
        { name: 'third', keys: 0, unusable: 'not configured: set NOT_SET' },
      ],
    });
  });

  test('at debug level the framework tells its start', async () => {
    const gateway = await start({ yaml: yaml(), environment: { LOG_LEVEL: 'debug' } }).listening();
    expect(gateway.stdout).toContain('Mapped {/v1/chat, POST} route');
  });

  test.each([
    [
      {},
      '',
      /^this machine, without a key; others get 403 until .*GATEWAY_API_KEYS.*; \/health, \/metrics and \/docs/,
    ],
    [{ GATEWAY_API_KEYS: 'a:secret-of-a' }, '', /^whoever has a gateway key; others get 401; \/health, /],
    [{}, 'auth: { mode: open }\n', /^everyone, without a key \(auth\.mode: open\); \/health, /],
    [{}, 'auth: { public_operations: false }\n', /; of \/health everyone reads the status alone$/],
  ])('with HOST=0.0.0.0 and %j %s it says what others get', async (environment, more, callers) => {
    const gateway = await start({
      yaml: yaml(more),
      environment: { HOST: '0.0.0.0', ...environment },
    }).listening();
    const report = reportOf(gateway);
    expect(report['callers']).toMatch(callers);
    expect(report['address']).toBe(`${gateway.url} (HOST=0.0.0.0: others reach it too)`);
  });

  test('several workers say it once', async () => {
    const gateway = await start({
      yaml: yaml(),
      environment: { WORKERS: '2', GATEWAY_ADMIN_KEY: 'key-of-the-admin' },
    }).listening();
    expect(reportOf(gateway)).toMatchObject({
      ['msg']: `Serving first, second on ${gateway.url} with 2 workers`,
      admin: 'on: /admin, with GATEWAY_ADMIN_KEY',
    });
  });

  test('a fault is the last thing that is printed', async () => {
    const gateway = start({
      yaml: yaml(),
      environment: { HOST: '203.0.113.7', PORT: '8000', LOG_LEVEL: 'debug' },
    });
    expect(await gateway.exited).toBe(1);
    expect(gateway.stdout).toContain('RouterExplorer');
    expect(gateway.stderr.trim()).toMatch(/^Cannot listen on 203\.0\.113\.7 port 8000 .*$/);
  });

  test.each([['--hlep'], ['serve', 'now'], ['--port=9000'], ['']])(
    '%s is an error with the usage',
    async (...words) => {
      const gateway = start({ arguments: words });
      expect(await gateway.exited).toBe(1);
      expect(gateway.stdout).toBe('');
      expect(gateway.stderr).toContain(`Unknown arguments: ${words.join(' ')}\n\nUsage:`);
    },
  );

  test('--help and --version answer without a configuration', async () => {
    const help = start({ arguments: ['--help'] });
    expect(await help.exited).toBe(0);
    expect(help.stdout).toMatch(/^Usage:/);
    await help.dispose();
    const version = start({ arguments: ['--version'] });
    expect(await version.exited).toBe(0);
    expect(version.stdout).toBe('0.0.0-test\n');
  });

  describe.skipIf(!HAS_TERMINAL && !IS_CI)('on a terminal', () => {
    const linesOf = ({ stdout }: GatewayProcess): string[] => stdout.trimEnd().split('\r\n');

    test('it is five lines', async () => {
      const gateway = await start({ yaml: yaml(), isInTerminal: true }).listening();
      expect(linesOf(gateway)).toEqual([
        `Address        ${gateway.url}`,
        `Documentation  ${gateway.url}/docs`,
        'Callers        this machine, without a key',
        'Admin          off: set GATEWAY_ADMIN_KEY',
        'Providers      first (gpt-4o-mini, 1 key), second (gpt-4o-mini, 2 keys); not usable: third (not configured: set NOT_SET)',
      ]);
    });

    test('a fault is the last line, below whatever was logged', async () => {
      const gateway = start({
        yaml: yaml(),
        isInTerminal: true,
        environment: { HOST: '203.0.113.7', PORT: '8000', LOG_LEVEL: 'debug' },
      });
      expect(await gateway.exited).toBe(1);
      expect(linesOf(gateway).length).toBeGreaterThan(20);
      expect(linesOf(gateway).at(-1)).toMatch(/^Cannot listen on 203\.0\.113\.7 port 8000/);
    });

    test('each request is one short line, with its attempts as marks', async () => {
      const gateway = await start({
        yaml: yaml(),
        isInTerminal: true,
        environment: { NO_COLOR: '1' },
      }).listening();
      vendor.behave('status-500', { times: 1 });
      await postJson(`${gateway.url}/v1/chat/completions`, { ...QUESTION, model: 'auto' });
      await postJson(`${gateway.url}/v1/messages`, {
        ...QUESTION,
        model: 'no\u001b[2Jne\u202e',
        max_tokens: 9,
      });
      await fetch(`${gateway.url}/v1/models`);
      await vi.waitFor(() => {
        const lines = linesOf(gateway);
        expect(lines).toContainEqual(
          expect.stringMatching(
            /^\d\d:\d\d:\d\d 200 openai-chat auto ✗✓ second \$0\.\d{6} \d+(?:ms|\.\d+s)$/,
          ),
        );
        expect(lines).toContainEqual(
          expect.stringMatching(/^\d\d:\d\d:\d\d 404 anthropic-messages none\? - - - \d+ms model_not_found$/),
        );
        expect(lines).toContainEqual(expect.stringMatching(/^\d\d:\d\d:\d\d 200 GET \/v1\/models \d+ms$/));
      }, SOON);
      expect(gateway.stdout).not.toContain('\u001b');
    });

    test('colours are there unless NO_COLOR says otherwise', async () => {
      const gateway = await start({
        yaml: yaml(),
        isInTerminal: true,
        environment: { TERM: 'xterm-256color' },
      }).listening();
      await postJson(`${gateway.url}/v1/chat`, QUESTION);
      await vi.waitFor(() => expect(gateway.stdout).toContain('\u001b[32m200\u001b[39m simple-chat'), SOON);
    });
  });
});
