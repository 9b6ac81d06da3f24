import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { findProgram } from './describe-with-program.js';
import { freePort } from './free-port.js';
import { RedisServer } from './redis-server.js';

/** A Redis Cluster of three primaries, and as many replicas as asked for, on free ports of the loopback interface. */
export class RedisCluster {
  private constructor(readonly servers: readonly RedisServer[]) {}

  static async start(replicas: 0 | 1 = 0): Promise<RedisCluster> {
    const options = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '1000',
      '--repl-diskless-sync-delay',
      '0',
    ];
    const servers: RedisServer[] = [];
    for (let count = 0; count < 3 * (replicas + 1); count++)
      servers.push(await RedisServer.start(options, await lowPort()));
    const cluster = new RedisCluster(servers);
    const client = join(dirname(findProgram('redis-server') ?? ''), 'redis-cli');
    const addresses = servers.map(({ port }) => `127.0.0.1:${String(port)}`);
    execFileSync(
      client,
      ['--cluster', 'create', ...addresses, '--cluster-replicas', String(replicas), '--cluster-yes'],
      { stdio: 'pipe' },
    );
    await vi.waitFor(
      () => {
        for (const server of servers) {
          const isReady =
            server.command('cluster', 'info').includes('cluster_state:ok') &&
            // A replica that has copied nothing yet takes nobody's place.
            !server.command('info', 'replication').includes('master_link_status:down');
          if (!isReady) throw new Error('the cluster is not ready yet');
        }
      },
      { timeout: 20_000, interval: 50 },
    );
    return cluster;
  }

  get url(): string {
    return `redis+cluster://${this.servers.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}`;
  }

  get primaries(): readonly RedisServer[] {
    return this.servers.slice(0, 3);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
  }
}

/** Its servers speak to each other on a port that is higher by 10,000. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (port <= 55_535) return port;
  }
}
