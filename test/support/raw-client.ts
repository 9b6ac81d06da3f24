import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';

/** A caller at the level of bytes, which sends and reads as it likes. */
export class RawClient {
  received = '';
  /** Nothing can come any more. */
  isClosed = false;
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data: Buffer) => (this.received += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => (this.isClosed = true));
  }

  static open(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
    });
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** The head of a POST whose body is to follow. */
  sendHead(path: string, headers: Readonly<Record<string, string>>): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.send(`POST ${path} HTTP/1.1\r\nhost: test\r\n${lines.join('')}\r\n`);
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const text = JSON.stringify(body);
    this.sendHead(path, { ...headers, 'content-length': String(Buffer.byteLength(text)) });
    this.send(text);
  }

  /** Stops reading: what comes stays on its way. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.received)?.[1]);
  }

  get body(): unknown {
    return JSON.parse(this.received.slice(this.received.indexOf('\r\n\r\n') + 4)) as unknown;
  }

  closed(): Promise<void> {
    return vi.waitFor(
      () => {
        if (!this.isClosed)
          throw new Error(`the connection is open; received: ${this.received.slice(0, 200)}`);
      },
      { timeout: 15_000, interval: 10 },
    );
  }

  /** Waits until this was received. */
  receives(text: string): Promise<void> {
    return vi.waitFor(
      () => {
        if (!this.received.includes(text)) throw new Error(`received: ${this.received.slice(0, 500)}`);
      },
      { timeout: 15_000, interval: 10 },
    );
  }

  close(): void {
    this.socket.destroy();
  }
}
