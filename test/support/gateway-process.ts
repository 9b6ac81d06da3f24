import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { vi } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, 'node_modules/.cache/sluice-e2e');
const OUT = join(CACHE, 'dist');
const LOCK = join(CACHE, 'lock');
const BUILD_MS = 120_000;

/**
 * Builds src as it is now into a folder of the tests' own and returns its `main.js`. Test files run side by side, so a
 * lock file lets one build at a time; the others then find nothing left to do.
 */
export async function buildGateway(): Promise<string> {
  mkdirSync(OUT, { recursive: true });
  await vi.waitFor(takeLock, { timeout: BUILD_MS, interval: 100 });
  try {
    writeFileSync(join(CACHE, 'package.json'), '{"type":"module","version":"0.0.0-test"}\n');
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    // Types are checked by `npm run check`; here they would only cost time.
    const options = ['--noCheck', '--sourceMap', 'false', '--outDir', OUT];
    execFileSync(
      process.execPath,
      [tsc, '-p', 'tsconfig.build.json', ...options, '--tsBuildInfoFile', join(CACHE, 'tsbuildinfo')],
      { cwd: ROOT, stdio: 'pipe' },
    );
  } finally {
    rmSync(LOCK, { force: true });
  }
  return join(OUT, 'main.js');
}

function takeLock(): void {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (isOwnerGone()) rmSync(LOCK, { force: true });
    throw error;
  }
}

function isOwnerGone(): boolean {
  if (!existsSync(LOCK)) return false;
  const owner = Number(readFileSync(LOCK, 'utf8'));
  if (owner === 0) return false;
  try {
    process.kill(owner, 0);
    return owner === process.pid;
  } catch {
    return true;
  }
}

export interface ProcessOptions {
  /** Path of `main.js`, from `buildGateway`. */
  readonly main: string;
  /** Text of the configuration file; absent: there is no file. */
  readonly yaml?: string;
  /** Other files of the working directory, by their path in it. */
  readonly files?: Readonly<Record<string, string>>;
  /** Command-line arguments. */
  readonly arguments?: readonly string[];
  /** Whether it runs in a terminal, made by util-linux's `script`; its output is then `stdout` alone. */
  readonly isInTerminal?: boolean;
  /** The whole environment but for what Node needs. `PORT` is 0, any free one, unless it is set. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The gateway as a process of its own, in an empty working directory. */
export class GatewayProcess {
  /** Without a slash at the end; empty until `listening`. */
  url = '';
  stdout = '';
  stderr = '';
  readonly directory = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  private readonly child: ChildProcess;

  constructor(options: ProcessOptions) {
    const { main, yaml, files = {}, environment = {}, isInTerminal = false } = options;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, path)), { recursive: true });
      writeFileSync(join(this.directory, path), text);
    }
    if (yaml !== undefined) this.writeConfig(yaml);
    const { PATH = '' } = process.env;
    const words = [process.execPath, main, ...(options.arguments ?? [])];
    const [program = '', ...rest] = isInTerminal
      ? ['script', '-qefc', `exec ${words.map((word) => `'${word}'`).join(' ')}`, '/dev/null']
      : words;
    this.child = spawn(program, rest, {
      cwd: this.directory,
      env: { PATH, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = new Promise((settle) => {
      this.child.once('close', (code, signal) => {
        settle(code ?? signal);
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** All that it wrote. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  writeConfig(yaml: string): void {
    mkdirSync(join(this.directory, 'config'), { recursive: true });
    writeFileSync(join(this.directory, 'config/gateway.yaml'), yaml);
  }

  /** Waits until it serves. */
  async listening(): Promise<this> {
    await vi.waitFor(
      () => {
        if (this.hasExited) throw new Error(`the gateway ended: ${this.output}`);
        const url = /(?:Serving .* on|^Address) +(http:\/\/[^\s"]+)/m.exec(this.stdout)?.[1];
        if (url === undefined) throw new Error(`the gateway does not serve yet: ${this.output}`);
        this.url = url.replace(/\/$/, '');
      },
      { timeout: 60_000, interval: 20 },
    );
    return this;
  }

  /** Those of `script`; workers end with their primary. */
  private childPids(): number[] {
    const isScript = !this.hasExited && this.child.spawnfile === 'script';
    if (!isScript) return [];
    const children = readFileSync(`/proc/${String(this.pid)}/task/${String(this.pid)}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it, whatever state it is in, and removes its directory. */
  async dispose(): Promise<void> {
    // A terminal that is gone would be a hangup to the gateway, which is no end.
    for (const pid of this.childPids()) process.kill(pid, 'SIGKILL');
    if (!this.hasExited) this.child.kill('SIGKILL');
    await this.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
