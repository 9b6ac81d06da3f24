import { beforeEach, describe, expect, test } from 'vitest';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChunkBatch, ChunkStream } from '../contract/chunk-stream.js';
import { GatewayError } from '../contract/gateway-error.js';
import { WatchedStream } from './watched-stream.js';

const text = (words: string): ChatChunk => ({ events: [{ type: 'text-delta', text: words }] });
const broken = new GatewayError('stream_interrupted', 'it broke');

describe('WatchedStream', () => {
  let closed: number;
  let ended: number;
  let whole: number;

  beforeEach(() => {
    closed = 0;
    ended = 0;
    whole = 0;
  });

  /** Batches, and an error where it breaks. */
  const restOf = (...steps: readonly (ChunkBatch | Error)[]): ChunkStream => {
    const left = [...steps];
    return {
      next: () => {
        const step = left.shift();
        if (step instanceof Error) return Promise.reject(step);
        return Promise.resolve(
          step === undefined ? { done: true, value: undefined } : { done: false, value: step },
        );
      },
      return: () => {
        closed += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };
  const watch = (
    held: readonly ChatChunk[],
    rest: ChunkStream,
    onBreak: (error: unknown) => GatewayError = () => broken,
  ): WatchedStream =>
    new WatchedStream(
      { held, rest },
      {
        onBreak,
        onWhole: () => {
          whole += 1;
        },
        onEnd: () => {
          ended += 1;
        },
      },
    );
  const readAll = async (stream: WatchedStream): Promise<ChatChunk[]> => {
    const chunks: ChatChunk[] = [];
    for await (const batch of stream) chunks.push(...batch);
    return chunks;
  };

  test('gives what was held as one batch, then the rest', async () => {
    const stream = watch([text('a'), text('b')], restOf([text('c')]));
    expect((await stream.next()).value).toEqual([text('a'), text('b')]);
    expect(await readAll(stream)).toEqual([text('c')]);
    expect([whole, ended, closed]).toEqual([1, 1, 1]);
  });

  test('tells a break as its last event', async () => {
    const error = new Error('gone');
    let seen: unknown;
    const stream = watch([text('a')], restOf([text('b')], error, [text('c')]), (reason) => {
      seen = reason;
      return broken;
    });
    const failure = { events: [{ type: 'failure', error: broken }] };
    expect(await readAll(stream)).toEqual([text('a'), text('b'), failure]);
    expect(seen).toBe(error);
    expect([whole, ended]).toEqual([0, 1]);
    expect(closed).toBeGreaterThan(0);
  });

  test('throws what is not to be told, and is over all the same', async () => {
    const left = new GatewayError('caller_left', 'gone');
    const stream = watch([], restOf(new Error('gone'), [text('a')]), () => {
      throw left;
    });
    await expect(stream.next()).rejects.toBe(left);
    expect(await readAll(stream)).toEqual([]);
    expect(ended).toBe(1);
    expect(closed).toBeGreaterThan(0);
  });

  test('what breaks because it was let go is no failure', async () => {
    const left = Promise.withResolvers<never>();
    const rest = { ...restOf(), next: () => left.promise };
    const stream = watch([], rest, () => {
      throw new Error('nobody is to be told');
    });
    const waiting = stream.next();
    await stream.return();
    left.reject(new Error('closed'));
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(ended).toBe(1);
  });

  test('is closed by whoever lets it go before the first step', async () => {
    const stream = watch([text('a')], restOf([text('b')]));
    await stream.return();
    expect([ended, closed]).toEqual([1, 1]);
    expect(await readAll(stream)).toEqual([]);
    expect(ended).toBe(1);
  });
});
