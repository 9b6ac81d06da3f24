import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { CALLER_FORMATS, CALLER_PATHS, readCallerAnswer, toCallerBody } from '../support/caller-formats.js';
import { HandVendor } from '../support/hand-vendor.js';
import { startGateway, type RunningGateway } from '../support/start-gateway.js';

/** A caller that has closed its own side after its request waits for the answer; one that has closed everything does not. */

let vendor: Simulator;
let hand: HandVendor;
let gateway: RunningGateway;

beforeEach(async () => {
  vendor = await startSimulator({ format: 'openai', name: 'vendor', answer: 'a b c d e f' });
  hand = new HandVendor(false);
  await hand.listen();
  const common = { api_keys: ['key'], model: 'm', models: ['*'], max_retries: 0 };
  gateway = await startGateway({
    yaml: JSON.stringify({
      providers: [
        { name: 'vendor', vendor: 'openai', base_url: `${vendor.url}/v1`, ...common },
        { name: 'hand', vendor: 'openai-compatible', base_url: `${hand.url}/v1`, ...common },
      ],
      routing: { routes: [{ name: 'auto', targets: ['vendor'] }] },
    }),
  });
});

afterEach(async () => {
  await gateway.close();
  await Promise.all([vendor.close(), hand.close()]);
});

class Caller {
  received = '';
  isClosed = false;
  readonly socket: Socket;

  constructor(path: string, body: object, version = '1.1') {
    const { hostname, port } = new URL(gateway.url);
    const text = JSON.stringify(body);
    this.socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    this.socket
      .on('data', (piece: Buffer) => (this.received += piece.toString()))
      .on('error', () => undefined)
      .on('close', () => (this.isClosed = true))
      .on('end', () => this.socket.end());
    const head = [`POST ${path} HTTP/${version}`, 'host: test', `content-length: ${String(text.length)}`];
    this.socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  }

  async end(): Promise<{ readonly head: string; readonly body: string }> {
    await vi.waitFor(
      () => {
        expect(this.isClosed).toBe(true);
      },
      { timeout: 15_000 },
    );
    const final = this.received.replace(/^(?:HTTP\/1\.1 100 Continue\r\n\r\n)*/, '');
    const [head = '', ...rest] = final.split('\r\n\r\n');
    const body = rest.join('\r\n\r\n');
    return { head, body: /transfer-encoding: chunked/i.test(head) ? unchunk(body) : body };
  }

  async receives(words: string): Promise<void> {
    await vi.waitFor(() => {
      expect(this.received).toContain(words);
    });
  }
}

function unchunk(text: string): string {
  let rest = Buffer.from(text);
  let body = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = parseInt(rest.subarray(0, line).toString(), 16);
    if (!(size > 0)) return body;
    body += rest.subarray(line + 2, line + 2 + size).toString();
    rest = rest.subarray(line + 4 + size);
  }
}

const records = () => gateway.logs.matching({ status: 499 });

describe('a caller that closes its own side after the request', () => {
  test.each(CALLER_FORMATS.flatMap((format) => [true, false].map((stream) => [format, stream] as const)))(
    'gets its answer (%s, stream: %s)',
    async (format, stream) => {
      vendor.behave('slow-300;chunk-delay-ms=30');
      const caller = new Caller(CALLER_PATHS[format], toCallerBody(format, 'vendor/m', stream, 'hi'));
      caller.socket.end();
      const { head, body } = await caller.end();
      expect(head).toMatch(/^HTTP\/1\.1 200 /);
      expect(readCallerAnswer(format, 200, stream, body)).toMatchObject({
        end: 'whole',
        content: 'a b c d e f',
      });
      expect(records()).toEqual([]);
    },
  );

  test('also in the middle of a stream', async () => {
    const caller = new Caller('/v1/chat/completions', toCallerBody('chat', 'hand/m', true, 'hi'));
    const answer = await hand.answer();
    const chunk = (content: string, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.write(chunk('one'));
    await caller.receives('"one"');
    caller.socket.end();
    await caller.receives(': keep-alive');
    answer.end(`${chunk('two', 'stop')}data: [DONE]\n\n`);
    const { body } = await caller.end();
    expect(readCallerAnswer('chat', 200, true, body)).toMatchObject({ end: 'whole', content: 'onetwo' });
  });

  test('gets an error too', async () => {
    vendor.behave('status-400');
    const caller = new Caller('/v1/chat/completions', toCallerBody('chat', 'vendor/m', false, 'hi'));
    caller.socket.end();
    expect((await caller.end()).head).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('is disconnected after its answer', async () => {
    const caller = new Caller('/health/live', {});
    caller.socket.end();
    expect((await caller.end()).head).toMatch(/^HTTP\/1\.1 \d/);
  });
});

/** What a cut stream had used is estimated first, which takes a while the first time. */
const isRecorded = (): Promise<void> =>
  vi.waitFor(
    () => {
      expect(records()).toHaveLength(1);
    },
    { timeout: 15_000 },
  );

const LEAVING: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['closes its connection', (socket) => socket.destroy()],
  ['resets its connection', (socket) => socket.resetAndDestroy()],
];

describe.each(LEAVING)('a caller that %s', (_name, leave) => {
  test.each(CALLER_FORMATS.flatMap((format) => [true, false].map((stream) => [format, stream] as const)))(
    'ends the call to the vendor before there is an answer (%s, stream: %s)',
    async (format, stream) => {
      const caller = new Caller(CALLER_PATHS[format], toCallerBody(format, 'hand/m', stream, 'hi'));
      const answer = await hand.answer();
      leave(caller.socket);
      await vi.waitFor(() => {
        expect(answer.destroyed).toBe(true);
      });
      await isRecorded();
    },
  );

  test.each(CALLER_FORMATS)('ends it in the middle of a stream (%s)', async (format) => {
    const caller = new Caller(CALLER_PATHS[format], toCallerBody(format, 'hand/m', true, 'hi'));
    const answer = await hand.answer();
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'one' } }] })}\n\n`);
    await caller.receives('one');
    leave(caller.socket);
    await vi.waitFor(() => {
      expect(answer.destroyed).toBe(true);
    });
    await isRecorded();
  });

  test('ends it where it speaks HTTP/1.0', async () => {
    const caller = new Caller('/v1/chat/completions', toCallerBody('chat', 'hand/m', false, 'hi'), '1.0');
    const answer = await hand.answer();
    leave(caller.socket);
    await vi.waitFor(() => {
      expect(answer.destroyed).toBe(true);
    });
    expect(caller.received).not.toContain('100 Continue');
  });
});
