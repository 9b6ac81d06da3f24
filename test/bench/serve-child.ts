import type { AddressInfo, Server } from 'node:net';

/** What a server of the benchmark tells its parent once it listens. */
export interface ReadyMessage {
  readonly port: number;
}

/** Listens on a free port of the loopback interface, tells the parent which, and ends with the parent. */
export function serveUntilDisconnected(server: Server): void {
  // More than the 1,000 connections of the largest case at once: a full queue costs a second of retransmission.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    const ready: ReadyMessage = { port: (server.address() as AddressInfo).port };
    process.send?.(ready);
  });
  process.on('disconnect', () => {
    process.exit(0);
  });
}
