import { Pool, type Client, type Dispatcher } from 'undici';
import { assertPermittedHost } from './address-guard.js';
import { Connection, type ConnectionOptions } from './connection.js';
import type { ConnectionSettings } from './connection-settings.js';
import { connectDirectly, connectThroughProxy, connectToProxy } from './connectors.js';
import type { ProxyAddress } from './proxy-address.js';

const KEEP_ALIVE_MS = 30_000;
/** Policies and cookies of gateways in front of vendors make heads larger than Node's 16 KB. */
const MOST_HEAD_BYTES = 64 * 1024;

/** Keep-alive connections to one origin, made as one provider's settings say. */
export class UpstreamPool {
  private readonly pool: Pool;
  private readonly origin: string;
  private readonly options: ConnectionOptions;
  /** Connections outside the pool, each for one request. */
  private readonly single = new Set<Connection>();
  /** A request through a proxy that is no tunnel names its address in full. */
  private readonly forwarding: ProxyAddress | undefined;

  /** @throws ForbiddenAddressError when the origin's host is a forbidden address and would be called directly */
  constructor(origin: string, settings: ConnectionSettings) {
    const { proxy } = settings;
    if (proxy === undefined && !settings.allowLinkLocal) assertPermittedHost(new URL(origin).hostname);
    this.forwarding = origin.startsWith('http:') ? proxy : undefined;
    this.origin = this.forwarding?.origin ?? origin;
    this.options = {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The attempt has timers of its own; undici's would only repeat them with a coarser clock.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: MOST_HEAD_BYTES,
      allowH2: false,
      connect: connectorFor(settings, this.forwarding),
    };
    this.pool = new Pool(this.origin, {
      ...this.options,
      connections: null,
      // A name may point to another address by now: only a new connection finds out.
      clientTtl: settings.maxAgeMs,
      factory: (target, options) =>
        new Connection(target, { ...(options as Client.Options), ...this.options }),
    });
  }

  /** Whether the status of an answer may be the word of a proxy instead of the vendor's. */
  get isForwarding(): boolean {
    return this.forwarding !== undefined;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.pool.dispatch(this.addressed(options), handler);
  }

  /** Sends over a new connection, whatever others are idle. */
  dispatchAfresh(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    const connection = new Connection(this.origin, this.options);
    this.single.add(connection);
    connection.dispatch(this.addressed(options), handler);
    void connection.close().then(() => this.single.delete(connection));
  }

  async destroy(): Promise<void> {
    await Promise.all([this.pool, ...this.single].map((dispatcher) => dispatcher.destroy()));
  }

  private addressed(options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
    if (this.forwarding === undefined) return options;
    const origin = String(options.origin);
    return {
      ...options,
      path: origin + options.path,
      headers: {
        ...(options.headers as Record<string, string>),
        host: new URL(origin).host,
        ...this.forwarding.headers,
      },
    };
  }
}

function connectorFor(settings: ConnectionSettings, forwarding: ProxyAddress | undefined) {
  if (forwarding !== undefined) return connectToProxy(settings, forwarding);
  if (settings.proxy !== undefined) return connectThroughProxy(settings, settings.proxy);
  return connectDirectly(settings);
}
