import Anthropic from '@anthropic-ai/sdk';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPage, ROOT } from '../docs/markdown.js';
import { DEMO_ADMIN_KEY } from '../simulator/demo-guide.ts';
import { buildGateway } from '../support/gateway-process.js';
import { DemoProcess } from '../support/demo-process.js';
import { getJson, postJson } from '../support/http.js';

const run = promisify(execFile);
const IS_CI = process.env['CI'] === 'true';
const HAS_CURL = spawnSync('curl', ['--version']).error === undefined;
const HAS_PYTHON_OPENAI = spawnSync('python3', ['-c', 'import openai']).status === 0;
const PRINTED_URL = 'http://127.0.0.1:8000';
const TEMPORARY = join(ROOT, 'node_modules/.cache/sluice-e2e/readme');

function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly example?: string | number;
    readonly schema?: { readonly example?: string | number; readonly default?: string | number };
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { examples?: Record<string, { value: unknown }> }>>;
  };
}

describe('the demo', { timeout: 60_000 }, () => {
  let demo: DemoProcess;

  beforeAll(async () => {
    demo = await DemoProcess.start(await buildGateway());
    mkdirSync(TEMPORARY, { recursive: true });
    if (IS_CI) return;
    if (!HAS_CURL) process.stderr.write('SKIPPED: no curl, so the curl examples are not tried\n');
    if (!HAS_PYTHON_OPENAI) {
      process.stderr.write(
        'SKIPPED: no python3 with the package openai, so the Python example is not tried\n',
      );
    }
  }, 200_000);

  afterAll(async () => {
    await demo.stop();
    rmSync(TEMPORARY, { recursive: true, force: true });
  });

  /** As printed, but for the port. */
  const here = (text: string): string => text.replaceAll(PRINTED_URL, demo.url);
  async function shell(command: string): Promise<{ status: number; body: string }> {
    const { stdout } = await run('sh', ['-c', `${command.trim()} -w '\\n%{http_code}'`]);
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
  }

  describe.each(['README.md', 'README.zh-CN.md'])('every example of %s works on it as printed', (page) => {
    const text = readPage(page);
    const curls = blocksOf(text, 'sh').filter((block) => block.startsWith('curl '));
    const scripts = blocksOf(text, 'ts');
    const pythons = blocksOf(text, 'python');

    test('there are examples', () => {
      expect([curls.length, scripts.length, pythons.length]).toEqual([2, 2, 1]);
      expect(blocksOf(text, 'sh').filter((block) => block.trimEnd().endsWith(' claude'))).toHaveLength(1);
    });

    test.skipIf(!HAS_CURL && !IS_CI).each(curls)('%s', async (command) => {
      const { status, body } = await shell(here(command));
      expect(status, body).toBe(200);
      expect(body).toContain('"provider":"deepseek"');
    });

    test.each(scripts)('%s', async (script) => {
      const file = join(TEMPORARY, `${page}.${String(scripts.indexOf(script))}.mjs`);
      writeFileSync(file, stripTypeScriptTypes(here(script)));
      const { stdout } = await run(process.execPath, [file]);
      expect(stdout).toMatch(/Hello/);
    });

    test.skipIf(!HAS_PYTHON_OPENAI && !IS_CI).each(pythons)('%s', async (script) => {
      const { stdout } = await run('python3', ['-c', here(script)]);
      expect(stdout).toMatch(/Hello/);
    });
  });

  describe('to Claude Code', () => {
    const models = ['claude-haiku-4-5', 'claude-sonnet-4-5-20250929', 'claude-opus-4-8', 'claude-next[1m]'];
    const tool = {
      name: 'Bash',
      description: 'Runs a command',
      input_schema: { type: 'object' as const, properties: { command: { type: 'string' } } },
    };
    const clientOf = () =>
      new Anthropic({ baseURL: demo.url, authToken: 'none', apiKey: null, maxRetries: 0 });

    test.each(models)('answers %s by that name: with tools, streamed, and counted', async (model) => {
      const client = clientOf();
      const question = { model, messages: [{ role: 'user' as const, content: 'hi' }], tools: [tool] };
      const message = await client.messages.stream({ ...question, max_tokens: 32_000 }).finalMessage();
      expect(message).toMatchObject({ model, stop_reason: 'end_turn', role: 'assistant' });
      const tokens = await client.messages.countTokens(question);
      expect(tokens.input_tokens).toBeGreaterThan(0);
    });

    test('lists models in the shape of Anthropic', async () => {
      const ids: string[] = [];
      for await (const { id } of clientOf().models.list()) ids.push(id);
      expect(ids).toEqual(expect.arrayContaining(['auto', 'anthropic/claude-haiku-4-5']));
    });

    test('and models of the other vendors are served by any of their names', async () => {
      for (const model of ['gpt-5.2', 'deepseek-v4', 'gpt-4o-mini', 'deepseek-chat']) {
        const { status, headers } = await postJson(`${demo.url}/v1/chat/completions`, {
          model,
          messages: [{ role: 'user', content: 'hi' }],
        });
        expect([status, headers.get('x-sluice-model')]).toEqual([200, model]);
      }
    });
  });

  test('every operation of Swagger works on it as it stands', async () => {
    const document = (await getJson(`${demo.url}/docs-json`)).body as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    };
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    );
    // From the first key on, everybody needs one; a key is made before it is changed, and revoked at last.
    const rank = ({ path, method }: { path: string; method: string }): number => {
      if (!path.startsWith('/admin/keys')) return 0;
      return ['POST', 'GET', 'PATCH', 'DELETE'].indexOf(path.endsWith('rotate') ? 'PATCH' : method) + 1;
    };
    operations.sort((one, other) => rank(one) - rank(other));
    const idsBelow = new Map<string, string>();
    const failed: string[] = [];
    let tried = 0;
    for (const { path, method, operation } of operations) {
      const url = new URL(demo.url);
      const isAdmin = path.startsWith('/admin');
      url.pathname = path;
      for (const { name, in: place, example, schema } of operation.parameters ?? []) {
        const value = example ?? schema?.example ?? schema?.default;
        if (place === 'query' && value !== undefined) url.searchParams.set(name, String(value));
        if (place !== 'path') continue;
        const list = path.slice(0, path.indexOf('/{'));
        const filled = value === undefined ? idsBelow.get(list) : String(value);
        expect(
          filled,
          `${method} ${path}: ${name} has neither an example nor a list to take it from`,
        ).toBeDefined();
        url.pathname = url.pathname.replace(encodeURI(`{${name}}`), filled ?? '');
      }
      const { examples = {} } = operation.requestBody?.content['application/json'] ?? {};
      const bodies = operation.requestBody === undefined ? [undefined] : Object.values(examples);
      expect(bodies.length, `${method} ${path} has no example`).toBeGreaterThan(0);
      for (const body of bodies) {
        const response = await fetch(url, {
          method,
          redirect: 'manual',
          headers: {
            'content-type': 'application/json',
            ...(isAdmin ? { authorization: `Bearer ${DEMO_ADMIN_KEY}` } : {}),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body.value) }),
        });
        const text = await response.text();
        tried++;
        if (!response.ok) failed.push(`${method} ${url.href} ${JSON.stringify(body)}: ${text}`);
        if (!isAdmin || !text.startsWith('{')) continue;
        const answer = JSON.parse(text) as { id?: string; data?: { request_id?: string }[] };
        const id = answer.id ?? answer.data?.[0]?.request_id;
        if (id !== undefined && (method === 'POST' || path === '/admin/requests')) idsBelow.set(path, id);
      }
    }
    expect(failed).toEqual([]);
    expect(tried).toBeGreaterThan(30);
  });

  test.skipIf(!HAS_CURL && !IS_CI)('every command that it prints works, in their order', async () => {
    const again = await DemoProcess.start(await buildGateway());
    try {
      const commands = again.output.split('\n').filter((line) => line.startsWith('  curl '));
      expect(commands).toHaveLength(7);
      const [ask = ''] = commands;
      const providers: string[] = [];
      for (const command of commands) {
        const { status, body } = await shell(command);
        expect(status, `${command}: ${body}`).toBe(200);
        if (!command.includes('/_control')) continue;
        const { body: answer } = await shell(ask);
        providers.push((JSON.parse(answer) as { provider: string }).provider);
      }
      // Broken: the next one. Healed: still resting. The next one broken as well: the last one.
      expect(providers).toEqual(['openai', 'openai', 'anthropic']);
    } finally {
      await again.stop();
    }
  });

  test('arguments that mean nothing are an error', async () => {
    const demoScript = join(ROOT, 'test/simulator/demo.ts');
    const { status, stderr } = spawnSync(process.execPath, [demoScript, '--prot=9'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('Unknown arguments: --prot=9\n\nUsage: npm run demo');
    expect(spawnSync(process.execPath, [demoScript, '--help'], { encoding: 'utf8' }).status).toBe(0);
    await expect(getJson(`${demo.url}/health/live`)).resolves.toMatchObject({ status: 200 });
  });
});
