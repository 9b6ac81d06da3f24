import { createServer, request as sendRequest, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ForwardProxyOptions {
  /** `user:password` that it demands. */
  readonly user?: string;
  /** It speaks TLS itself. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** In the place of opening a tunnel. */
  readonly onConnect?: (socket: Duplex) => void;
}

export interface ForwardProxy {
  /** `http(s)://localhost:PORT`, without a user. */
  readonly url: string;
  readonly port: number;
  /** What was asked of it: `CONNECT host:port`, `POST http://...`. */
  readonly log: readonly string[];
  readonly connections: number;
  close(): Promise<void>;
}

/** A forward proxy for tunnels and for requests in absolute form. It finds every host on this machine. */
export async function startForwardProxy(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const log: string[] = [];
  const sockets = new Set<Duplex>();
  let connections = 0;
  const expected =
    options.user === undefined ? undefined : `Basic ${Buffer.from(options.user).toString('base64')}`;
  const isKnown = ({ headers }: IncomingMessage): boolean =>
    expected === undefined || headers['proxy-authorization'] === expected;

  const server: Server = options.tls === undefined ? createServer() : createSecureServer(options.tls);
  server.on('request', (incoming, answer) => {
    log.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    if (!isKnown(incoming)) {
      answer
        .writeHead(407, { 'proxy-authenticate': 'Basic', 'content-type': 'text/html' })
        .end('<p>who?</p>');
      return;
    }
    const { port, pathname, search } = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const outgoing = sendRequest(
      { host: '127.0.0.1', port, path: pathname + search, method: incoming.method, headers },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    outgoing.on('error', () => answer.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  server.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    log.push(`CONNECT ${incoming.url ?? ''}`);
    socket.on('error', () => undefined);
    if (!isKnown(incoming)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
      return;
    }
    if (options.onConnect !== undefined) {
      options.onConnect(socket);
      return;
    }
    const upstream = connect(Number(incoming.url?.split(':').at(-1)), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://localhost:${String(port)}`,
    port,
    log,
    get connections() {
      return connections;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
