import type { Socket } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { buildConnector, Client } from 'undici';
import { guardedLookup } from './address-guard.js';
import type { ConnectionSettings, TlsMaterial } from './connection-settings.js';
import type { ProxyAddress } from './proxy-address.js';

type Connector = buildConnector.connector;

/** The way to the proxy, or through it, did not come about. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
}

/** To the vendor itself. The look-up refuses addresses that must not be called. */
export function connectDirectly(settings: ConnectionSettings): Connector {
  return buildConnector({
    ...secureOptions(settings),
    ...(settings.allowLinkLocal ? {} : { lookup: guardedLookup }),
  });
}

/** To the proxy, whatever host the requests are for. */
export function connectToProxy(settings: ConnectionSettings, proxy: ProxyAddress): Connector {
  const { hostname } = new URL(proxy.origin);
  const connect = buildConnector({
    timeout: settings.connectTimeoutMs,
    allowH2: false,
    ...proxyTrust(settings.tls),
  });
  return (target, callback) => {
    connect({ ...target, servername: hostname }, (...[error, socket]) => {
      if (error === null) callback(null, socket);
      else callback(new ProxyFailure('the proxy cannot be reached', { cause: error }), null);
    });
  };
}

/** To the vendor through a tunnel that the proxy opens. */
export function connectThroughProxy(settings: ConnectionSettings, proxy: ProxyAddress): Connector {
  const secure = buildConnector(secureOptions(settings));
  const connect = connectToProxy(settings, proxy);
  return (target, callback) => {
    openTunnel(connect, proxy, target, settings.connectTimeoutMs).then(
      (socket) => {
        secure({ ...target, httpSocket: socket }, callback);
      },
      (error: unknown) => {
        callback(
          error instanceof ProxyFailure
            ? error
            : new ProxyFailure('the proxy opens no tunnel', { cause: error }),
          null,
        );
      },
    );
  };
}

/** @throws ProxyFailure when the proxy refuses, and what breaks on the way */
async function openTunnel(
  connect: Connector,
  proxy: ProxyAddress,
  { hostname, port }: buildConnector.Options,
  timeoutMs: number,
): Promise<Socket> {
  const client = new Client(proxy.origin, { connect });
  try {
    const host = `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port === '' ? '443' : port}`;
    const { statusCode, socket } = await client.connect({
      path: host,
      headers: { host, ...proxy.headers },
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (statusCode >= 200 && statusCode <= 299) return socket as Socket;
    socket.on('error', () => undefined).destroy();
    throw new ProxyFailure(refusalOf(statusCode));
  } finally {
    void client.destroy();
  }
}

/** What a proxy's own answer says, in words of ours. */
export function refusalOf(status: number): string {
  return status === 407
    ? 'the proxy wants other credentials (407)'
    : `the proxy refuses the tunnel (${String(status)})`;
}

function secureOptions({ connectTimeoutMs, tls }: ConnectionSettings): buildConnector.BuildOptions {
  return { timeout: connectTimeoutMs, allowH2: false, ...(tls === undefined ? {} : contextOf(tls)) };
}

function contextOf(tls: TlsMaterial): { readonly secureContext: SecureContext } {
  return { secureContext: createSecureContext({ ca: tls.ca, cert: tls.cert, key: tls.key }) };
}

/** The certificate is for the vendor alone; who signs for the vendor may sign for the proxy as well. */
function proxyTrust(tls: TlsMaterial | undefined): { readonly ca?: string[] } {
  return tls?.ca === undefined ? {} : { ca: [...getCACertificates('default'), tls.ca] };
}
