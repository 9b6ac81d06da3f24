import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { makeBody } from './bodies.ts';
import { nowMs } from './clock.ts';
import type { FloodJob, FloodResult } from './flood-job.ts';
import { MessageReader } from './message-reader.ts';

/**
 * The load generator of the overload run: unlike `load.ts` it expects to be refused. A process that does one job at a
 * time and tells its parent the result.
 */

/** More would be a queue in here, and no measurement of the gateway. */
const MOST_CONNECTIONS = 8_000;

class Tally {
  readonly accepted: number[] = [];
  readonly shed: number[] = [];
  readonly late: number[] = [];
  failed = 0;
  fault: string | undefined;

  end(status: number, ms: number, lateMs = 0): void {
    this.late.push(lateMs);
    if (status === 200) this.accepted.push(ms);
    else if (status === 503) this.shed.push(ms);
    else this.fail(`status ${String(status)}`);
  }

  fail(fault: string): void {
    this.failed += 1;
    this.fault ??= fault;
  }
}

/** The onset of a run, and the rest of it. */
class Tallies {
  private readonly begunAt = nowMs();
  private readonly onset = new Tally();
  private readonly rest = new Tally();
  private readonly onsetMs: number;

  constructor({ onsetSeconds }: FloodJob) {
    this.onsetMs = onsetSeconds * 1e3;
  }

  of(dueAt: number): Tally {
    return dueAt - this.begunAt < this.onsetMs ? this.onset : this.rest;
  }

  result(): FloodResult {
    return { onset: this.onset, rest: this.rest, seconds: (nowMs() - this.begunAt - this.onsetMs) / 1e3 };
  }
}

interface Outcome {
  /** 0: the connection was closed before the answer was whole. */
  readonly status: number;
  /** When the request was written, on a connection that is there. */
  readonly sentAt: number;
}

/** A keep-alive connection that does one exchange at a time. */
class Caller {
  isClosed = false;
  private isConnected = false;
  private sentAt = 0;
  private readonly socket: Socket;
  private settle: ((outcome: Outcome) => void) | undefined;
  private status = 0;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const reader = new MessageReader({
      head: (head) => {
        this.status = Number(head.slice(9, 12));
        if (/\r\nconnection: *close/i.test(head)) this.isClosed = true;
      },
      body: () => undefined,
      end: () => this.finish(this.status),
    });
    this.socket.on('connect', () => {
      this.isConnected = true;
      // What was asked before is written now.
      this.sentAt = nowMs();
    });
    this.socket.on('data', (data: Buffer) => reader.push(data));
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => {
      this.isClosed = true;
      this.finish(0);
    });
  }

  ask(bytes: Buffer): Promise<Outcome> {
    return new Promise((resolve) => {
      this.settle = resolve;
      this.socket.write(bytes);
      if (this.isConnected) this.sentAt = nowMs();
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private finish(status: number): void {
    const { settle } = this;
    this.settle = undefined;
    settle?.({ status, sentAt: this.sentAt });
  }
}

function toBytes({ path, secret, body, model, stream }: FloodJob): Buffer {
  const content = makeBody(body, model, stream);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${secret}\r\ncontent-type: application/json\r\ncontent-length: ${String(content.length)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), content]);
}

async function runClosed(job: FloodJob, concurrency: number): Promise<FloodResult> {
  const bytes = toBytes(job);
  const tallies = new Tallies(job);
  const until = nowMs() + job.seconds * 1e3;
  const work = async (): Promise<void> => {
    let caller = new Caller(job.port);
    while (nowMs() < until) {
      if (caller.isClosed) caller = new Caller(job.port);
      const { status, sentAt } = await caller.ask(bytes);
      tallies.of(sentAt).end(status, nowMs() - sentAt);
    }
    caller.close();
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return tallies.result();
}

/** Requests that are begun before the sockets are seen to again. */
const MOST_AT_ONCE = 32;

/**
 * Begins a request whenever one is due. A thousand new connections in a row would keep those that are there from sending
 * what they have to, and the gateway would get in one heap what was meant to come evenly.
 */
function beginEvenly(count: number, perSecond: number, begin: (dueAt: number) => void): Promise<void> {
  const begunAt = nowMs();
  let index = 0;
  return new Promise((resolve) => {
    const next = (): void => {
      for (let turn = 0; turn < MOST_AT_ONCE; turn += 1) {
        if (index === count) {
          resolve();
          return;
        }
        const dueAt = begunAt + (index * 1e3) / perSecond;
        if (dueAt > nowMs()) {
          setTimeout(next, 1);
          return;
        }
        begin(dueAt);
        index += 1;
      }
      setImmediate(next);
    };
    next();
  });
}

async function runOpen(job: FloodJob, perSecond: number): Promise<FloodResult> {
  const bytes = toBytes(job);
  const tallies = new Tallies(job);
  const free: Caller[] = [];
  let connections = 0;
  const begin = async (dueAt: number): Promise<void> => {
    let caller = free.pop();
    while (caller?.isClosed === true) {
      connections -= 1;
      caller = free.pop();
    }
    if (caller === undefined) {
      if (connections >= MOST_CONNECTIONS) {
        tallies.of(dueAt).fail('all connections are waiting');
        return;
      }
      connections += 1;
      caller = new Caller(job.port);
    }
    const { status, sentAt } = await caller.ask(bytes);
    tallies.of(dueAt).end(status, nowMs() - sentAt, sentAt - dueAt);
    free.push(caller);
  };
  const running: Promise<void>[] = [];
  const count = Math.round(perSecond * job.seconds);
  await beginEvenly(count, perSecond, (dueAt) => running.push(begin(dueAt)));
  await Promise.all(running);
  for (const caller of free) caller.close();
  return tallies.result();
}

process.on('message', (job: FloodJob) => {
  const run = job.perSecond > 0 ? runOpen(job, job.perSecond) : runClosed(job, job.concurrency);
  void run.then((result) => process.send?.(result));
});
process.on('disconnect', () => {
  process.exit(0);
});
