import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import { assertPermittedHost, guardedLookup } from './address-guard.js';

/** How sockets to one vendor are made. */
export interface ConnectionSettings {
  readonly connectTimeoutMs: number;
  readonly allowLinkLocal: boolean;
}

const KEEP_ALIVE_MS = 30_000;

/** One keep-alive connection pool per origin and connection settings, made when first needed. */
@Injectable()
export class UpstreamPools implements OnApplicationShutdown {
  private readonly pools = new Map<string, Pool>();
  /** A vendor has its own settings, and most often one origin. */
  private readonly latest = new WeakMap<
    ConnectionSettings,
    { readonly origin: string; readonly pool: Pool }
  >();

  /** @throws ForbiddenAddressError when the origin's host is a forbidden address */
  poolFor(origin: string, settings: ConnectionSettings): Pool {
    const latest = this.latest.get(settings);
    if (latest?.origin === origin) return latest.pool;
    const name = `${origin} ${String(settings.connectTimeoutMs)} ${String(settings.allowLinkLocal)}`;
    let pool = this.pools.get(name);
    if (pool === undefined) {
      if (!settings.allowLinkLocal) assertPermittedHost(new URL(origin).hostname);
      pool = new Pool(origin, {
        connections: null,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // The attempt has timers of its own; undici's would only repeat them with a coarser clock.
        headersTimeout: 0,
        bodyTimeout: 0,
        connect: {
          timeout: settings.connectTimeoutMs,
          ...(settings.allowLinkLocal ? {} : { lookup: guardedLookup }),
        },
      });
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
