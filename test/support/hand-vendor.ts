import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, vi } from 'vitest';

/** A vendor whose answers the test writes byte by byte. */
export class HandVendor {
  /** Bodies that it was sent. */
  readonly bodies: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  private readonly answers: ServerResponse[] = [];
  private readonly server: Server;

  /** @param sendsHead whether the head of a stream goes out at once */
  constructor(sendsHead = true) {
    this.server = createServer((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        response.on('error', () => undefined);
        this.bodies.push(body);
        this.headers.push(request.headers);
        if (sendsHead) {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.flushHeaders();
        }
        this.answers.push(response);
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  get callCount(): number {
    return this.answers.length;
  }

  async answer(index = 0): Promise<ServerResponse> {
    await vi.waitFor(() => {
      expect(this.answers.length).toBeGreaterThan(index);
    });
    return this.answers[index]!;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }
}
