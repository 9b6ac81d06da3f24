import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VENDOR_NAMES } from '../../src/config/vendor-names.js';
import { getJson } from '../support/http.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';
import {
  anchorsOf,
  commandsOf,
  endpointsOf,
  listPages,
  readPage,
  relativeLinks,
  ROOT,
  scriptsOf,
} from './markdown.js';

const READMES = ['README.md', 'README.zh-CN.md'] as const;
const [ENGLISH, CHINESE] = READMES;
/** The pages of the documentation do not describe themselves. */
const NOT_IN_THE_DOCUMENT = ['GET /docs', 'GET /docs-json'];

const pages = listPages();

describe('every page', () => {
  it.each(pages)('%s links to what exists', (page) => {
    const broken = relativeLinks(readPage(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(readPage(target)).includes(decodeURIComponent(anchor));
    });
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s names only npm scripts that exist', (page) => {
    const { scripts } = JSON.parse(readPage('package.json')) as { scripts: Record<string, string> };
    expect(scriptsOf(readPage(page)).filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe('the two READMEs', () => {
  it('list the same endpoints', () => {
    expect(endpointsOf(readPage(CHINESE))).toEqual(endpointsOf(readPage(ENGLISH)));
  });

  it('show the same commands', () => {
    const commands = commandsOf(readPage(ENGLISH));
    expect(commands).toContain('npm install && npm run demo');
    expect(scriptsOf(readPage(ENGLISH))).toContain('demo');
    expect(commandsOf(readPage(CHINESE))).toEqual(commands);
  });

  it('in Chinese uses the words of the field', () => {
    const text = readPage(CHINESE);
    for (const word of ['冷却', '快速开始', '轮换密钥']) expect(text).toContain(word);
    expect(text).not.toContain('休息');
  });

  it.each(READMES)('%s names every vendor', (page) => {
    const text = readPage(page);
    expect(VENDOR_NAMES.filter((vendor) => !text.includes(`\`${vendor}\``))).toEqual([]);
  });
});

describe('the endpoints of the README', () => {
  let gateway: RunningGateway;

  beforeAll(async () => {
    gateway = await startGateway({
      yaml: 'providers: [{ name: openai, vendor: openai, api_keys: [vendor-key] }]',
    });
  });

  afterAll(() => gateway.close());

  it('are those of the OpenAPI document', async () => {
    const { body } = await getJson(`${gateway.url}/docs-json`);
    const { paths } = body as { paths: Record<string, Record<string, unknown>> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.length).toBeGreaterThan(0);
    expect(endpointsOf(readPage(ENGLISH))).toEqual([...documented, ...NOT_IN_THE_DOCUMENT].sort());
  });
});

describe('the pages for contributors', () => {
  it('ARCHITECTURE.md has a line for each room', () => {
    const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const told = [...readPage('ARCHITECTURE.md').matchAll(/^\| `([a-z]+)` +\|/gm)].map(
      ([, name = '']) => name,
    );
    expect(told.sort()).toEqual(rooms.sort());
  });

  it('docs/decisions/README.md lists each record', () => {
    const records = readdirSync(join(ROOT, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
    expect(relativeLinks(readPage('docs/decisions/README.md')).sort()).toEqual(records.sort());
  });
});
