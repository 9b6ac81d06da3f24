import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const CHECK_MS = 50;

interface Replica {
  readonly url: string;
  isReady: boolean;
}

/**
 * A small load balancer: asks each replica's `/health/ready`, gives requests in turns to those that are ready, and tries
 * another one only when a connection was refused, as nothing was sent then.
 */
export class LoadBalancer {
  private readonly replicas = new Map<string, Replica>();
  private readonly server: Server;
  private checking: NodeJS.Timeout | undefined;
  private turn = 0;

  constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => this.forward(request, response, Buffer.concat(parts), this.ready()));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.checking = setInterval(() => {
      for (const replica of this.replicas.values()) void this.check(replica);
    }, CHECK_MS);
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** The replica that has this name from now on. Takes no requests before it says that it is ready. */
  set(name: string, url: string): void {
    this.replicas.set(name, { url, isReady: false });
  }

  isReady(name: string): boolean {
    return this.replicas.get(name)?.isReady === true;
  }

  close(): void {
    clearInterval(this.checking);
    this.server.close();
    this.server.closeAllConnections();
  }

  private async check(replica: Replica): Promise<void> {
    replica.isReady = await fetch(`${replica.url}/health/ready`).then(
      (answer) => answer.body?.cancel().then(() => answer.ok) ?? answer.ok,
      () => false,
    );
  }

  /** Those that are ready, beginning with the one whose turn it is. */
  private ready(): Replica[] {
    const ready = [...this.replicas.values()].filter(({ isReady }) => isReady);
    const first = this.turn++ % Math.max(1, ready.length);
    return [...ready.slice(first), ...ready.slice(0, first)];
  }

  private forward(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    [replica, ...others]: readonly Replica[],
  ): void {
    if (replica === undefined) {
      response.writeHead(502).end('no replica');
      return;
    }
    const { method, url = '/', headers } = request;
    const asking = ask(`${replica.url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    asking.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') this.forward(request, response, body, others);
      else if (response.headersSent) response.destroy();
      else response.writeHead(502).end(String(error));
    });
    asking.end(body);
  }
}
