import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { END_MARKS, checkAnswer } from './check-answer.ts';
import { nowMs } from './clock.ts';
import type { RequestSpec } from './load-job.ts';
import { MessageReader } from './message-reader.ts';
import { makeBody } from './bodies.ts';

const CACHE_HIT = /\r\nx-sluice-cache: hit\b/i;

/** A request in bytes, and what is known of its answers so far. */
export class PreparedRequest {
  readonly spec: RequestSpec;
  readonly bytes: Buffer;
  private readonly endMark: Buffer;
  private length: number | undefined;
  private seen = 0;
  private misses = 0;

  constructor(spec: RequestSpec) {
    this.spec = spec;
    this.endMark = Buffer.from(END_MARKS[spec.answer]);
    const body = makeBody(spec.body, spec.model, spec.answer !== 'json');
    const headers = {
      ...spec.headers,
      'content-type': 'application/json',
      'content-length': String(body.length),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST ${spec.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}\r\n`;
    this.bytes = Buffer.concat([Buffer.from(head), body]);
  }

  /** Whether the next answer is read completely: the first one and every 64th. */
  wantsBody(): boolean {
    this.seen += 1;
    return this.seen % 64 === 1;
  }

  /** Every answer must have the status, the length of the first one and the end mark; a collected one all of it. */
  check(head: string, length: number, tail: Buffer, body: Buffer | undefined): string | undefined {
    if (!head.startsWith('HTTP/1.1 200 ')) return JSON.stringify(`${head.slice(0, 60)} ${tail.toString()}`);
    if (this.spec.cached === true && !CACHE_HIT.test(head)) {
      this.misses += 1;
      if (this.misses > 1) return 'not from the cache';
    }
    if (!tail.subarray(-this.endMark.length).equals(this.endMark))
      return `ends in ${JSON.stringify(tail.toString())}`;
    if (body !== undefined) {
      const fault = checkAnswer(this.spec.answer, body.toString(), this.spec.text);
      if (fault !== undefined) return fault;
      this.length ??= length;
    }
    if (this.length !== undefined && this.length !== length) {
      return `${String(length)} bytes instead of ${String(this.length)}`;
    }
    return undefined;
  }
}

export interface Outcome {
  readonly fault: string | undefined;
  /** Clock milliseconds; 0: never. */
  readonly firstByteAt: number;
  readonly endAt: number;
}

interface Exchange {
  readonly request: PreparedRequest;
  readonly onFirstByte: () => void;
  readonly settle: (outcome: Outcome) => void;
  readonly parts: Buffer[] | undefined;
  head: string;
  length: number;
  tail: Buffer;
  firstByteAt: number;
}

const NOTHING = Buffer.alloc(0);
const TAIL_BYTES = 200;
const SILENCE_MS = 60_000;

/** One keep-alive connection that does one exchange at a time. After a fault it is dead. */
export class Connection {
  isDead = false;
  private readonly socket: Socket;
  private exchange: Exchange | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new MessageReader({
      head: (head) => this.onHead(head),
      body: (bytes) => this.onBody(bytes),
      end: () => this.onEnd(),
    });
    socket.on('data', (data: Buffer) => {
      try {
        reader.push(data);
      } catch (error) {
        this.fail(String(error));
      }
    });
    socket.on('error', (error) => this.fail(error.message));
    socket.on('close', () => this.fail('the connection was closed'));
    socket.setTimeout(SILENCE_MS, () => this.fail('no byte for a minute'));
  }

  /** @throws Error when nobody listens */
  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  send(request: PreparedRequest, onFirstByte: () => void, settle: (outcome: Outcome) => void): void {
    const parts = request.wantsBody() ? [] : undefined;
    this.exchange = {
      request,
      onFirstByte,
      settle,
      parts,
      head: '',
      length: 0,
      tail: NOTHING,
      firstByteAt: 0,
    };
    if (this.isDead) this.fail('the connection was closed');
    else this.socket.write(request.bytes);
  }

  close(): void {
    this.isDead = true;
    this.socket.destroy();
  }

  private onHead(head: string): void {
    if (this.exchange === undefined) this.fail('an answer that nobody asked for');
    else this.exchange.head = head;
  }

  private onBody(bytes: Buffer): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    if (exchange.length === 0) {
      exchange.firstByteAt = nowMs();
      exchange.onFirstByte();
    }
    exchange.length += bytes.length;
    exchange.parts?.push(bytes);
    exchange.tail =
      bytes.length >= TAIL_BYTES ? bytes : Buffer.concat([exchange.tail.subarray(-TAIL_BYTES), bytes]);
  }

  private onEnd(): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    const body = exchange.parts && Buffer.concat(exchange.parts);
    const tail = exchange.tail.subarray(-TAIL_BYTES);
    this.exchange = undefined;
    const fault = exchange.request.check(exchange.head, exchange.length, tail, body);
    exchange.settle({ fault, firstByteAt: exchange.firstByteAt, endAt: nowMs() });
  }

  private fail(fault: string): void {
    this.close();
    const { exchange } = this;
    this.exchange = undefined;
    exchange?.settle({ fault, firstByteAt: exchange.firstByteAt, endAt: nowMs() });
  }
}
