import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createSecureServer, type TlsOptions } from 'node:tls';

/** A request that has come whole, and the socket to answer it on. */
export interface RawRequest {
  readonly socket: Socket;
  /** The first line and the headers, as they came. */
  readonly head: string;
  readonly body: string;
  /** How many this connection has brought, this one included. */
  readonly place: number;
}

export interface RawVendor {
  /** `http://127.0.0.1:PORT`, or `https://localhost:PORT`. */
  readonly url: string;
  readonly requests: readonly RawRequest[];
  /** Connections that were made so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** A vendor below HTTP: what it sends and when it closes is up to the test. */
export async function startRawVendor(
  serve: (request: RawRequest) => void,
  tls?: TlsOptions,
): Promise<RawVendor> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const onConnection = (socket: Socket): void => {
    connections++;
    sockets.add(socket);
    let place = 0;
    let received = '';
    socket
      .setEncoding('latin1')
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket))
      .on('data', (piece: string) => {
        received += piece;
        for (;;) {
          const end = received.indexOf('\r\n\r\n');
          if (end < 0) return;
          const head = received.slice(0, end);
          const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
          if (received.length < end + 4 + length) return;
          const body = received.slice(end + 4, end + 4 + length);
          received = received.slice(end + 4 + length);
          const request = { socket, head, body, place: ++place };
          requests.push(request);
          serve(request);
        }
      });
  };
  const server: Server =
    tls === undefined ? createServer(onConnection) : createSecureServer(tls, onConnection);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: tls === undefined ? `http://127.0.0.1:${String(port)}` : `https://localhost:${String(port)}`,
    requests,
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

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'small',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const chunkOf = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'small',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;

const STREAM = `${chunkOf({ role: 'assistant', content: 'hello' }, null)}${chunkOf({}, 'stop')}data: [DONE]\n\n`;

/** A whole answer of OpenAI's format as bytes, streamed where the request asks for it; the connection may go on. */
export function rawAnswer({ body }: { readonly body: string }, headers: readonly string[] = []): string {
  const isStream = body.includes('"stream":true');
  const content = isStream ? STREAM : ANSWER;
  return [
    'HTTP/1.1 200 OK',
    `content-type: ${isStream ? 'text/event-stream' : 'application/json'}`,
    `content-length: ${String(Buffer.byteLength(content))}`,
    ...headers,
    '',
    content,
  ].join('\r\n');
}
