import { PassThrough, Readable } from 'node:stream';
import { errors } from 'undici';
import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventLoopTurn } from '../common/event-loop-turn.js';
import { StreamTurns } from '../common/stream-turns.js';
import { AnswerMeter } from '../contract/answer-meter.js';
import type { ChunkBatch } from '../contract/chunk-stream.js';
import type { StreamDecoder } from '../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { BodyReader } from './http/body-reader.js';
import { CallScope } from './http/call-scope.js';
import { StreamGuard } from './stream-guard.js';
import { VendorStream } from './vendor-stream.js';

const TRAILER_MS = 1_000;
const IDLE_MS = 7_000;

const frame = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const say = (content: string): string => frame({ content });
const FINISH = frame({}, 'stop');
const DONE = 'data: [DONE]\n\n';

function textOf(batch: ChunkBatch): string {
  return batch
    .flatMap(({ events }) => events)
    .map((event) => (event.type === 'text-delta' ? event.text : `<${event.type}>`))
    .join('');
}

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('VendorStream', () => {
  let clock: ManualClock;
  let caller: AbortController;
  let body: PassThrough;
  let stream: VendorStream;

  const open = (
    from: Readable,
    decoder: StreamDecoder = OPENAI_CHAT_OUTBOUND.createStreamDecoder(),
  ): VendorStream => {
    const scope = new CallScope(clock, caller.signal, { waitingFor: 'first-token', answerMs: 30_000 });
    scope.onAbort((failure) => from.destroy(failure));
    const reader = new BodyReader(from, new StreamTurns(new EventLoopTurn(clock), clock), clock);
    from
      .on('data', (piece: Buffer) => {
        reader.add(piece);
      })
      .on('error', (error) => {
        reader.end(error);
      })
      .on('close', () => {
        reader.end(from.readableEnded ? undefined : new errors.SocketError('closed'));
      });
    const guard = new StreamGuard(scope.timer, IDLE_MS, new AnswerMeter(), 1);
    return new VendorStream(reader, decoder, guard, scope, 5_000);
  };
  const next = async (): Promise<string> => {
    const { done, value } = await stream.next();
    return done === true ? 'end' : textOf(value);
  };

  beforeEach(() => {
    clock = new ManualClock();
    caller = new AbortController();
    body = new PassThrough();
    stream = open(body);
  });

  test('gives all that came together as one batch, and what comes later as another', async () => {
    for (const text of ['a', 'b', 'c']) body.write(say(text));
    await settle();
    expect(await next()).toBe('<start>abc');
    const waiting = next();
    body.write(say('d'));
    expect(await waiting).toBe('d');
  });

  test('gives what came before anybody listened', async () => {
    const early = new Readable({ read: () => undefined });
    for (const piece of [say('a'), say('b'), FINISH + DONE, null]) early.push(piece);
    stream = open(early);
    expect(await next()).toBe('<start>ab<finish><end>');
    expect(await next()).toBe('end');
  });

  test('puts events together that are cut anywhere', async () => {
    const bytes = Buffer.from(say('aä€😀') + FINISH + DONE);
    let text = '';
    const reading = (async () => {
      for await (const batch of stream) text += textOf(batch);
    })();
    for (const byte of bytes) {
      body.write(Buffer.of(byte));
      await settle();
    }
    await reading;
    expect(text).toBe('<start>aä€😀<finish><end>');
  });

  test('ends with the end marker, and lets the last bytes arrive unread', async () => {
    body.write(say('a') + FINISH + DONE);
    expect(await next()).toBe('<start>a<finish><end>');
    expect(await next()).toBe('end');
    expect(body.destroyed).toBe(false);
    body.end('data: late\n\n');
    await settle();
    expect(body.readableEnded).toBe(true);
    expect(clock.hasTimer(TRAILER_MS)).toBe(false);
    expect(await next()).toBe('end');
  });

  test('gives a connection up that does not end after the end marker', async () => {
    body.write(say('a') + FINISH + DONE);
    await next();
    clock.advance(TRAILER_MS);
    expect(body.destroyed).toBe(true);
  });

  test('an end without a finish is a cut, behind what came before it', async () => {
    body.end(say('a'));
    expect(await next()).toBe('<start>a');
    await expect(next()).rejects.toMatchObject({ facts: { type: 'cut' } });
    expect(await next()).toBe('end');
  });

  test('a break comes behind what came before it, also where the reader was busy', async () => {
    body.write(say('a'));
    await next();
    body.write(say('b'));
    await settle();
    body.destroy(new errors.SocketError('other side closed'));
    await settle();
    expect(await next()).toBe('b');
    await expect(next()).rejects.toMatchObject({ facts: { type: 'reset' } });
  });

  test('a body that is closed without a word is a break', async () => {
    body.write(say('a'));
    await next();
    const waiting = next();
    body.destroy();
    await expect(waiting).rejects.toMatchObject({ facts: { type: 'reset' } });
  });

  test('a mistake in a decoder is a fault of the gateway, not of the vendor', async () => {
    const from = new PassThrough();
    const broken = open(from, {
      isOver: false,
      read: () => {
        throw new TypeError("Cannot read properties of null (reading 'delta')");
      },
    });
    from.write(say('a'));
    await expect(broken.next()).rejects.toMatchObject({ facts: { type: 'gateway-fault' } });
    expect(from.destroyed).toBe(true);
  });

  test('an error event closes the vendor at once, and comes behind what came before it', async () => {
    body.write(`${say('a')}data: {"error":{"message":"m"}}\n\n${say('b')}`);
    expect(await next()).toBe('<start>a');
    expect(body.destroyed).toBe(true);
    await expect(next()).rejects.toMatchObject({ facts: { type: 'vendor-error', inStream: true } });
    expect(await next()).toBe('end');
  });

  test('is closed by whoever lets it go, also while it is waited for', async () => {
    const waiting = next();
    await stream.return();
    expect(body.destroyed).toBe(true);
    expect(await waiting).toBe('end');
    expect(await next()).toBe('end');
  });

  test('a reader that stops in the middle closes it', async () => {
    body.write(say('a'));
    for await (const batch of stream) {
      expect(textOf(batch)).toBe('<start>a');
      break;
    }
    expect(body.destroyed).toBe(true);
  });

  test('a caller that leaves ends the wait', async () => {
    body.write(say('a'));
    await next();
    const waiting = next();
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ facts: { type: 'caller-left' } });
    expect(body.destroyed).toBe(true);
  });

  test('a vendor that falls silent after its first content is given up, one that is not waited for is not', async () => {
    body.write(say('a'));
    await next();
    clock.advance(10 * IDLE_MS);
    expect(body.destroyed).toBe(false);
    const waiting = next();
    clock.advance(IDLE_MS - 1);
    expect(body.destroyed).toBe(false);
    clock.advance(1);
    await expect(waiting).rejects.toMatchObject({ facts: { type: 'timeout', waitingFor: 'next-chunk' } });
  });

  test('comments are no sign of life', async () => {
    body.write(say('a'));
    await next();
    const waiting = next();
    clock.advance(IDLE_MS - 1);
    body.write(': keep-alive\n\n');
    await settle();
    clock.advance(1);
    await expect(waiting).rejects.toMatchObject({ facts: { type: 'timeout', waitingFor: 'next-chunk' } });
  });

  test('holds the vendor up while nobody reads, and loses nothing', async () => {
    const PIECES = 200;
    const piece = 'x'.repeat(10_000);
    let sent = 0;
    const vendor = new Readable({
      read() {
        sent += 1;
        this.push(sent <= PIECES ? say(piece) : sent === PIECES + 1 ? FINISH + DONE : null);
      },
    });
    stream = open(vendor);
    await settle();
    await settle();
    const held = sent;
    expect(held).toBeLessThan(30);
    await settle();
    expect(sent).toBe(held);
    let received = 0;
    for await (const batch of stream) {
      received += textOf(batch).replaceAll(/[^x]/g, '').length;
      await settle();
    }
    expect(received).toBe(PIECES * piece.length);
  });
});
