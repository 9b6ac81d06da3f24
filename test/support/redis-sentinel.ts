import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { findProgram } from './describe-with-program.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';

/** A primary, its replica, and a sentinel that puts the one in the other's place, as `main`. */
export class RedisSentinel {
  private readonly directory = mkdtempSync(join(tmpdir(), 'sluice-sentinel-'));
  private child: ChildProcess | undefined;

  private constructor(
    readonly primary: RedisServer,
    readonly replica: RedisServer,
    private readonly port: number,
  ) {}

  static async start(): Promise<RedisSentinel> {
    const primary = await RedisServer.start();
    const replica = await RedisServer.start(['--replicaof', '127.0.0.1', String(primary.port)]);
    await vi.waitFor(
      () => {
        if (!replica.command('info', 'replication').includes('master_link_status:up'))
          throw new Error('the replica is not ready yet');
      },
      { timeout: 20_000, interval: 50 },
    );
    const sentinel = new RedisSentinel(primary, replica, await freePort());
    await sentinel.watch();
    return sentinel;
  }

  get url(): string {
    return `redis+sentinel://127.0.0.1:${String(this.port)}/main`;
  }

  async dispose(): Promise<void> {
    const { child } = this;
    if (child !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    await Promise.all([this.primary.dispose(), this.replica.dispose()]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async watch(): Promise<void> {
    const config = join(this.directory, 'sentinel.conf');
    writeFileSync(
      config,
      `
port ${String(this.port)}
bind 127.0.0.1
dir ${this.directory}
sentinel monitor main 127.0.0.1 ${String(this.primary.port)} 1
sentinel down-after-milliseconds main 500
sentinel failover-timeout main 2000
`,
    );
    const child = spawn(findProgram('redis-server') ?? '', [config, '--sentinel'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      let output = '';
      child.once('error', reject);
      child.once('exit', () => {
        reject(new Error(`the sentinel ended: ${output}`));
      });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        // It knows the replica, which it must before it can put it in anybody's place.
        if (output.includes('+slave')) resolve();
      });
    });
  }
}
