import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IViolation } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/**
 * One file per rule that the rule must refuse: the rule, the file, and what the file imports. The files of the rooms
 * imported are made along with it.
 */
const VIOLATIONS: readonly (readonly [rule: string, file: string, imports: string])[] = [
  ['contract-imports-nothing', 'src/contract/a.ts', '../common/target.js'],
  ['contract-imports-nothing', 'src/contract/b.ts', '@nestjs/common'],
  ['contract-imports-nothing', 'src/contract/c.ts', 'node:fs'],
  ['config-walls', 'src/config/a.ts', '../providers/target.js'],
  ['formats-walls', 'src/formats/openai-chat/a.ts', '../../config/target.js'],
  ['formats-are-pure', 'src/formats/openai-chat/b.ts', '@nestjs/common'],
  ['formats-are-pure', 'src/formats/openai-chat/c.ts', 'node:fs'],
  ['providers-walls', 'src/providers/a.ts', '../routing/target.js'],
  ['routing-walls', 'src/routing/a.ts', '../formats/target.js'],
  ['chat-walls', 'src/chat/a.ts', '../providers/target.js'],
  ['nothing-imports-chat', 'src/health/a.ts', '../chat/target.js'],
  ['health-walls', 'src/health/b.ts', '../usage/target.js'],
  ['admin-walls', 'src/admin/a.ts', '../health/target.js'],
  ['server-walls', 'src/server/a.ts', '../auth/target.js'],
  ['workers-walls', 'src/workers/a.ts', '../routing/target.js'],
  ['auth-walls', 'src/auth/a.ts', '../formats/target.js'],
  ['limits-walls', 'src/limits/a.ts', '../routing/target.js'],
  ['cache-walls', 'src/cache/a.ts', '../routing/target.js'],
  ['usage-walls', 'src/usage/a.ts', '../routing/target.js'],
  ['telemetry-walls', 'src/telemetry/a.ts', '../routing/target.js'],
  ['storage-walls', 'src/storage/a.ts', '../usage/target.js'],
  ['common-walls', 'src/common/a.ts', '../routing/target.js'],
  ['app-module-is-the-root', 'src/health/c.ts', '../app.module.js'],
  ['one-list-of-vendors', 'src/providers/b.ts', './acme/target.js'],
  ['vendors-are-strangers', 'src/providers/globex/a.ts', '../acme/target.js'],
  ['one-http-client', 'src/providers/acme/a.ts', 'axios'],
  ['one-http-client', 'src/health/d.ts', 'undici'],
  ['no-cycles', 'src/common/cycle.ts', './cycle-back.js'],
  ['no-cycles-in-contract', 'src/contract/cycle.ts', './cycle-back.js'],
  ['no-orphans', 'src/common/alone.ts', ''],
  ['no-tests-in-the-program', 'src/health/e.ts', '../../test/target.js'],
  ['no-development-packages', 'src/health/f.ts', 'vitest'],
  ['resolvable', 'src/health/g.ts', './nowhere.js'],
];

/** Imports that look like the ones above and are allowed: a wall that refuses these is too wide. */
const ALLOWED: readonly (readonly [file: string, imports: string])[] = [
  ['src/formats/sse/fine.ts', 'eventsource-parser'],
  ['src/formats/openai-chat/fine.ts', '../../contract/target.js'],
  ['src/providers/providers.module.ts', './acme/target.js'],
  ['src/providers/acme/fine.ts', '../http/target.js'],
  ['src/providers/http/fine.ts', 'axios'],
  ['src/chat/fine.ts', '../routing/target.js'],
  ['src/common/fine.ts', '../formats/target.js'],
  ['src/bootstrap.ts', './app.module.js'],
  ['src/app.module.ts', './chat/target.js'],
  ['src/contract/type-cycle.ts', './type-cycle-back.js'],
  ['src/health/any.spec.ts', '../chat/target.js'],
];

const PACKAGES = ['@nestjs/common', 'axios', 'undici', 'eventsource-parser', 'vitest'];

describe('the walls of the architecture', () => {
  let options: ICruiseOptions;

  // A cycle is reported once, at whichever of its modules was met first.
  const involves = ({ from, cycle }: IViolation, file: string): boolean =>
    from === file || (cycle ?? []).some(({ name }) => name === file);

  beforeAll(async () => {
    options = await extractDepcruiseOptions(join(ROOT, '.dependency-cruiser.js'));
  });

  const violationsIn = async (baseDir: string): Promise<readonly IViolation[]> => {
    const { output } = await cruise(['src'], { ...options, baseDir, validate: true }, undefined, {
      tsConfig: extractTSConfig(join(ROOT, 'tsconfig.json')),
    });
    return (output as ICruiseResult).summary.violations;
  };

  it('stand: no module of src reaches over one', async () => {
    const violations = await violationsIn(ROOT);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  });

  it('each say why they are there', () => {
    const rules = options.ruleSet?.forbidden ?? [];
    expect(rules.filter(({ comment }) => (comment ?? '').length < 30).map(({ name }) => name)).toEqual([]);
  });

  it('are each proved to bite by an example below', () => {
    const rules = new Set(options.ruleSet?.forbidden?.map(({ name }) => name));
    expect(new Set(VIOLATIONS.map(([rule]) => rule))).toEqual(rules);
  });

  describe('in a tree made to break them', () => {
    const tree = mkdtempSync(join(tmpdir(), 'sluice-walls-'));
    let violations: readonly IViolation[];

    beforeAll(async () => {
      writeTree(tree);
      violations = await violationsIn(tree);
    });

    afterAll(() => {
      rmSync(tree, { recursive: true, force: true });
    });

    it.each(VIOLATIONS)('%s refuses %s importing "%s"', (rule, file) => {
      const found = violations.filter((violation) => involves(violation, file));
      expect(found.map((violation) => violation.rule.name)).toContain(rule);
    });

    it.each(ALLOWED)('%s may import %s', (file) => {
      expect(violations.filter((violation) => involves(violation, file))).toEqual([]);
    });
  });
});

function writeTree(tree: string): void {
  const write = (path: string, text: string): void => {
    const file = join(tree, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };

  const { vitest, ...dependencies } = Object.fromEntries(PACKAGES.map((name) => [name, '*']));
  write(
    'package.json',
    JSON.stringify({ name: 'walls', type: 'module', dependencies, devDependencies: { vitest } }),
  );
  for (const name of PACKAGES) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'export const value = 1;\n');
  }

  for (const [file, imports] of [
    ...VIOLATIONS.map(([, file, imports]) => [file, imports] as const),
    ...ALLOWED,
  ]) {
    write(file, imports === '' ? 'export const value = 1;\n' : `import '${imports}';\n`);
    if (imports.endsWith('/target.js')) {
      write(join(dirname(file), imports).replace(/js$/, 'ts'), 'export const value = 1;\n');
    }
  }

  for (const room of ['common', 'contract']) {
    write(`src/${room}/cycle-back.ts`, `import './cycle.js';\nexport const value = 1;\n`);
  }
  write(
    'src/contract/type-cycle.ts',
    `import type { Back } from './type-cycle-back.js';\nexport type Forth = Back | 1;\n`,
  );
  write(
    'src/contract/type-cycle-back.ts',
    `import type { Forth } from './type-cycle.js';\nexport type Back = Forth[];\n`,
  );
}
