import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConnectionSettings } from './connection-settings.js';
import { UpstreamPool } from './upstream-pool.js';

/** One pool per origin and connection settings, made when first needed. */
@Injectable()
export class UpstreamPools implements OnApplicationShutdown {
  private readonly pools = new Map<string, UpstreamPool>();
  /** A vendor has its own settings, and most often one origin. */
  private readonly latest = new WeakMap<
    ConnectionSettings,
    { readonly origin: string; readonly pool: UpstreamPool }
  >();

  /** @throws ForbiddenAddressError when the origin's host is a forbidden address and would be called directly */
  poolFor(origin: string, settings: ConnectionSettings): UpstreamPool {
    const latest = this.latest.get(settings);
    if (latest?.origin === origin) return latest.pool;
    const name = nameOf(origin, settings);
    let pool = this.pools.get(name);
    if (pool === undefined) {
      pool = new UpstreamPool(origin, settings);
      this.pools.set(name, pool);
    }
    this.latest.set(settings, { origin, pool });
    return pool;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
    this.pools.clear();
  }
}

/** What is equal in all of this shares connections. */
function nameOf(origin: string, settings: ConnectionSettings): string {
  const { connectTimeoutMs, allowLinkLocal, maxAgeMs, tls, proxy } = settings;
  return JSON.stringify([
    origin,
    connectTimeoutMs,
    allowLinkLocal,
    maxAgeMs,
    tls,
    proxy?.origin,
    proxy?.headers,
  ]);
}
