import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeWithProgram, findProgram } from './describe-with-program.js';
import { freePort } from './free-port.js';
import { endBy, untilItSays } from './child-server.js';

const PROGRAM = findProgram('redis-server');

/** A suite that needs Redis. */
export function describeWithRedis(name: string, suite: () => void): void {
  describeWithProgram('redis-server', 'Debian: apt-get install redis-server', name, suite);
}

/** A Redis of the test's own, on a free port of the loopback interface, that keeps nothing on disk. */
export class RedisServer {
  private readonly directory = mkdtempSync(join(tmpdir(), 'sluice-redis-'));
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly options: readonly string[],
  ) {}

  /** @param options more of them, for the command line */
  static async start(options: readonly string[] = [], port?: number): Promise<RedisServer> {
    const server = new RedisServer(port ?? (await freePort()), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${String(this.port)}`;
  }

  /** Starts it anew, empty, after `kill`. */
  async start(): Promise<void> {
    if (PROGRAM === undefined) throw new Error('redis-server is not installed');
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.directory];
    const child = spawn(PROGRAM, [...options, '--save', '', '--appendonly', 'no', ...this.options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    await untilItSays(child, child.stdout, 'redis-server', 'Ready to accept connections');
  }

  /** SIGKILL; what it knew is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    await endBy(child, 'SIGKILL');
  }

  /** It keeps its connections and answers nobody. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** Runs one command with `redis-cli`, which comes with the server. */
  command(...words: readonly string[]): string {
    const client = join(dirname(PROGRAM ?? ''), 'redis-cli');
    return execFileSync(client, ['-p', String(this.port), ...words], { encoding: 'utf8' }).trim();
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
