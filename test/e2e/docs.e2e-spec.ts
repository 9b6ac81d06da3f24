import { Validator } from '@seriousme/openapi-schema-validator';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { getJson, postJson } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const IS_CI = process.env['CI'] === 'true';
const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const GATEWAY_KEY = 'key-for-the-docs-page';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, unknown>[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { examples?: Record<string, { value: unknown }> }>>;
  };
  readonly responses: Readonly<Record<string, { content?: Record<string, { example?: unknown }> }>>;
}

interface OpenapiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: unknown };
}

describe('the documentation', () => {
  let vendor: Simulator;
  let gateway: RunningGateway;
  let document: OpenapiDocument;

  const operations = (): [string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        operation,
      ]),
    );

  beforeAll(async () => {
    vendor = await startSimulator({ format: 'openai' });
    gateway = await startGateway({
      environment: { GATEWAY_API_KEYS: `docs:${GATEWAY_KEY}` },
      yaml: `providers: [{ name: openai, vendor: openai, base_url: "${vendor.url}/v1", api_keys: [vendor-key] }]`,
    });
    document = (await getJson(`${gateway.url}/docs-json`)).body as OpenapiDocument;
  });

  afterAll(async () => {
    await gateway.close();
    await vendor.close();
  });

  describe('/docs-json', () => {
    test('is a valid OpenAPI 3.1 document', async () => {
      expect(document.openapi).toMatch(/^3\.1\./);
      const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
      expect(errors).toBeUndefined();
      expect(valid).toBe(true);
    });

    test('has every endpoint that is served', () => {
      expect(operations().map(([name]) => name)).toEqual(
        expect.arrayContaining([
          'POST /v1/chat',
          'POST /v1/chat/completions',
          'GET /v1/models',
          expect.stringMatching(/^GET \/v1\/models\/\{/),
          'GET /health',
          'GET /health/live',
          'GET /health/ready',
        ]) as string[],
      );
    });

    test('describes both ways to present a key', () => {
      expect(document.components.securitySchemes).toMatchObject({
        bearer: { type: 'http', scheme: 'bearer' },
        'x-api-key': { type: 'apiKey', in: 'header', name: 'x-api-key' },
      });
    });

    test('every endpoint has a summary and a tag, and either both keys or none', () => {
      for (const [name, { summary, tags, security }] of operations()) {
        expect(summary, name).toMatch(/\S/);
        expect(tags, name).not.toHaveLength(0);
        const isOpen =
          name === 'GET /' ||
          name.startsWith('GET /health') ||
          name.includes('/metrics') ||
          name.includes('/admin');
        if (!isOpen) {
          expect(security, name).toEqual(expect.arrayContaining([{ bearer: [] }, { 'x-api-key': [] }]));
        }
      }
    });

    test('every body comes with examples that the gateway answers', async () => {
      let tried = 0;
      for (const [name, { requestBody }] of operations()) {
        if (requestBody === undefined || !name.startsWith('POST /v1/chat')) continue;
        const { examples } = requestBody.content['application/json'] ?? {};
        expect(Object.keys(examples ?? {}), name).not.toHaveLength(0);
        for (const { value } of Object.values(examples ?? {})) {
          const response = await fetch(`${gateway.url}${name.replace('POST ', '')}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${GATEWAY_KEY}` },
            body: JSON.stringify(value),
          });
          expect(response.status, `${name} ${JSON.stringify(value)}`).toBe(200);
          await response.text();
          tried++;
        }
      }
      expect(tried).toBeGreaterThanOrEqual(4);
    });

    test('the example of an answer has the members of a real one', async () => {
      for (const path of ['/v1/chat', '/v1/chat/completions']) {
        const example =
          document.paths[path]?.['post']?.responses['200']?.content?.['application/json']?.example;
        const { body } = await postJson(
          `${gateway.url}${path}`,
          { messages: [{ role: 'user', content: 'hi' }] },
          { 'x-api-key': GATEWAY_KEY },
        );
        expect(Object.keys(body as object), path).toEqual(
          expect.arrayContaining(Object.keys(example as object)),
        );
      }
    });

    test('the errors that a chat can end in are described in its own shape', () => {
      for (const [path, member] of [
        ['/v1/chat', 'details'],
        ['/v1/chat/completions', 'code'],
      ] as const) {
        const { responses } = document.paths[path]?.['post'] ?? { responses: {} };
        for (const status of ['400', '401', '403', '404', '413', '429', '502', '503', '504']) {
          expect(JSON.stringify(responses[status]), `${path} ${status}`).toContain(`"${member}"`);
        }
      }
    });
  });

  describe('/docs', () => {
    let browser: BrowserContext | undefined;
    let userData: string;

    beforeAll(async () => {
      if (BROWSER === undefined) {
        if (!IS_CI)
          process.stderr.write('SKIPPED: no Chromium found, so Swagger UI is not tried in a browser\n');
        return;
      }
      userData = mkdtempSync(join(tmpdir(), 'sluice-chromium-'));
      browser = await chromium.launchPersistentContext(userData, {
        executablePath: BROWSER,
        headless: true,
        args: BROWSER_ARGUMENTS,
      });
    }, 60_000);

    afterAll(async () => {
      await browser?.close();
      if (browser !== undefined) rmSync(userData, { recursive: true, force: true });
    });

    test('is a page', async () => {
      const response = await fetch(`${gateway.url}/docs`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/html/);
      expect(await response.text()).toContain('swagger-ui');
    });

    test.skipIf(BROWSER === undefined && !IS_CI)(
      'in a browser: the example of /v1/chat is refused without a key, and answered after Authorize',
      { timeout: 90_000 },
      async () => {
        if (browser === undefined) throw new Error('CI must have Chromium; none of the usual places has it');
        const page = await browser.newPage();
        const faults: string[] = [];
        page.on('pageerror', (error) => faults.push(error.message));
        await page.goto(`${gateway.url}/docs`);

        const chat = page.locator('.opblock-post', { has: page.locator('[data-path="/v1/chat"]') });
        await chat.locator('.opblock-summary').click();
        await chat.getByRole('button', { name: 'Execute', exact: true }).click();
        const status = chat.locator('.live-responses-table tbody .response-col_status');
        await status.filter({ hasText: '401' }).waitFor();

        await page.locator('.auth-wrapper .authorize').first().click();
        const dialog = page.locator('.dialog-ux .modal-ux');
        await dialog.locator('input').first().fill(GATEWAY_KEY);
        await dialog.locator('.auth-btn-wrapper .authorize').first().click();
        await dialog.locator('.close-modal').click();

        await chat.getByRole('button', { name: 'Execute', exact: true }).click();
        await status.filter({ hasText: '200' }).waitFor();
        const body = chat.locator('.live-responses-table .highlight-code, .live-responses-table pre').first();
        expect(await body.innerText()).toContain('Hello from openai');
        expect(faults).toEqual([]);
        await page.close();
      },
    );
  });
});
