import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Pool } from 'undici';
import { serveUntilDisconnected } from './serve-child.ts';

/**
 * The floor: the least that a gateway on Node's own server and undici can do. A request is collected and sent on; an
 * answer is collected and sent back; an event stream is piped byte for byte with backpressure (the bare pipe).
 */

const pool = new Pool(`http://127.0.0.1:${process.argv[2] ?? ''}`, {
  connections: null,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
});

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const answer = await pool.request({
    path: request.url ?? '/',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.concat(parts),
  });
  const contentType = String(answer.headers['content-type']);
  response.statusCode = answer.statusCode;
  response.setHeader('content-type', contentType);
  if (contentType.startsWith('text/event-stream')) {
    answer.body.on('error', () => response.destroy());
    response.on('close', () => answer.body.destroy());
    answer.body.pipe(response);
    return;
  }
  response.end(Buffer.from(await answer.body.arrayBuffer()));
}

serveUntilDisconnected(
  createServer({ noDelay: true }, (request, response) => {
    forward(request, response).catch(() => response.destroy());
  }),
);
