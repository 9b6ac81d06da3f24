import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/prepare.cjs');
const STARTS = '#!/bin/sh\necho v26.10.0\n';
const LACKS_LIBATOMIC =
  '#!/bin/sh\necho "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file: No such file or directory" >&2\nexit 127\n';
const IS_NO_PROGRAM = '\u0000no program';
const OWN_LINK = '../node/bin/node';

describe('what npm scripts do before their first use of Node 26', () => {
  let root: string;

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const bundleNode = (text: string): void => {
    write('node_modules/node/bin/node', text);
    chmodSync(join(root, 'node_modules/node/bin/node'), 0o755);
  };
  const nodeOfScripts = (): string => readlinkSync(join(root, 'node_modules/.bin/node'));

  /** Runs it as npm does, on a machine whose own Node says that it is of this version. */
  function prepare(ownVersion: string, ...task: readonly string[]) {
    write(
      'pretend.cjs',
      `Object.defineProperty(process, 'version', { value: ${JSON.stringify(ownVersion)} });`,
    );
    write('npm-cli.js', "require('node:fs').writeFileSync('asked', process.argv.slice(2).join(' '));");
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--require', join(root, 'pretend.cjs'), join(root, 'scripts/prepare.cjs'), ...task],
      { encoding: 'utf8', env: { ...process.env, npm_execpath: join(root, 'npm-cli.js') } },
    );
    return { status, said: stderr };
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sluice-prepare-'));
    mkdirSync(join(root, 'scripts'));
    copyFileSync(SCRIPT, join(root, 'scripts/prepare.cjs'));
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    symlinkSync(OWN_LINK, join(root, 'node_modules/.bin/node'));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('is nothing where that Node starts', () => {
    bundleNode(STARTS);
    expect(prepare('v20.20.2')).toEqual({ status: 0, said: '' });
    expect(nodeOfScripts()).toBe(OWN_LINK);
  });

  it('names the package that has the missing library, in one line, and ends there on an old Node', () => {
    bundleNode(LACKS_LIBATOMIC);
    const { status, said } = prepare('v20.20.2');
    expect(status).toBe(1);
    expect(said).toMatch(/^[^\n]*libatomic\.so\.1[^\n]*\n$/);
    for (const command of ['apt-get install libatomic1', 'dnf install libatomic', 'apk add libatomic'])
      expect(said).toContain(command);
    expect(said).toContain('v20.20.2 is too old');
  });

  it.each(['v24.0.0', 'v25.2.1', 'v100.0.0'])('goes on with the own Node %s of the machine', (version) => {
    bundleNode(LACKS_LIBATOMIC);
    const { status, said } = prepare(version);
    expect(status).toBe(0);
    expect(said).toMatch(/^[^\n]*apt-get install libatomic1[^\n]*\n$/);
    expect(said).toContain(`Going on with this machine's own Node ${version}`);
    expect(nodeOfScripts()).toBe(process.execPath);
  });

  it('comes back to Node 26 when the library is there', () => {
    bundleNode(LACKS_LIBATOMIC);
    prepare('v24.0.0');
    bundleNode(STARTS);
    expect(prepare('v24.0.0')).toEqual({ status: 0, said: '' });
    expect(nodeOfScripts()).toBe(OWN_LINK);
  });

  it('says what is wrong when something else keeps that Node from starting, or it is not there', () => {
    bundleNode(IS_NO_PROGRAM);
    const { status, said } = prepare('v22.1.0');
    expect(status).toBe(1);
    expect(said).toMatch(/^[^\n]*cannot start here[^\n]*\n$/);
    expect(prepare('v24.0.0').status).toBe(0);
    rmSync(join(root, 'node_modules/node'), { recursive: true });
    expect(prepare('v22.1.0').said).toContain('without its program');
    expect(prepare('v24.0.0').status).toBe(0);
  });

  it('says that nothing is installed yet', () => {
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(prepare('v20.20.2')).toEqual({
      status: 1,
      said: 'Nothing is installed here: run npm install first.\n',
    });
  });

  describe('when tests and checks are to be run', () => {
    const installed = (): string | undefined =>
      existsSync(join(root, 'asked')) ? readFileSync(join(root, 'asked'), 'utf8') : undefined;

    beforeEach(() => {
      bundleNode(STARTS);
      write('test/package.json', '{"dependencies":{"hoisted":"^1.0.0","nested":"^2.0.0"}}');
      const packages = {
        'node_modules/hoisted': { version: '1.2.0' },
        'node_modules/nested': { version: '1.0.0' },
        'test/node_modules/nested': { version: '2.0.0' },
      };
      write('package-lock.json', JSON.stringify({ packages }));
      write('node_modules/hoisted/package.json', '{"version":"1.2.0"}');
      write('test/node_modules/nested/package.json', '{"version":"2.0.0"}');
    });

    it('installs nothing that is there', () => {
      expect(prepare('v20.20.2', 'tools').status).toBe(0);
      expect(installed()).toBeUndefined();
    });

    it.each(['node_modules/hoisted', 'test/node_modules/nested'])(
      'installs what is missing in %s',
      (path) => {
        rmSync(join(root, path), { recursive: true });
        expect(prepare('v20.20.2', 'tools').status).toBe(0);
        expect(installed()).toMatch(/^install --workspaces --include-workspace-root --no-save/);
      },
    );

    it('installs what is of another version than the lock file has', () => {
      write('node_modules/hoisted/package.json', '{"version":"1.1.0"}');
      expect(prepare('v20.20.2', 'tools').status).toBe(0);
      expect(installed()).toBeDefined();
    });
  });
});
