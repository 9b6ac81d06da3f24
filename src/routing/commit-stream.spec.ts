import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { ChatChunk, ChatEvent } from '../contract/chat-event.js';
import { CallFailure } from '../providers/call-failure.js';
import { commitStream, type CommittedStream } from './commit-stream.js';

const IDLE_MS = 7000;

const chunk = (...events: ChatEvent[]): ChatChunk => ({ events });
const START = chunk({ type: 'start', id: 'id', model: 'm' });
const PING = chunk({ type: 'ping' });
const text = (words: string): ChatChunk => chunk({ type: 'text-delta', text: words });
const FINISH = chunk({ type: 'finish', finish: { reason: 'stop' } } as ChatEvent);
const END = chunk({ type: 'end' });

describe('commitStream', () => {
  let clock: ManualClock;
  let isClosed: boolean;

  beforeEach(() => {
    clock = new ManualClock();
    isClosed = false;
  });

  /** Batches, pauses in milliseconds before them, and failures. */
  async function* stream(
    steps: readonly (readonly ChatChunk[] | number | Error)[],
  ): AsyncGenerator<readonly ChatChunk[], void, undefined> {
    try {
      for (const step of steps) {
        if (typeof step === 'number') clock.advance(step);
        else if (step instanceof Error) throw step;
        else yield step;
        await Promise.resolve();
      }
    } finally {
      isClosed = true;
    }
  }

  const commit = (
    how: 'first-content' | 'buffered',
    steps: Parameters<typeof stream>[0],
  ): Promise<CommittedStream> => commitStream(stream(steps), how, IDLE_MS, clock);

  async function restOf({ rest }: CommittedStream): Promise<ChatChunk[]> {
    const chunks: ChatChunk[] = [];
    for await (const batch of rest) chunks.push(...batch);
    return chunks;
  }

  describe('first-content', () => {
    test('holds what comes before the first content, and that content, as one batch', async () => {
      const committed = await commit('first-content', [[START], [PING], [text('a')], [text('b')], [FINISH]]);
      expect(committed.held).toEqual([START, PING, text('a')]);
      expect(await restOf(committed)).toEqual([text('b'), FINISH]);
    });

    test('commits at a finish without content', async () => {
      const committed = await commit('first-content', [[START], [FINISH], [END]]);
      expect(committed.held).toEqual([START, FINISH]);
      expect(await restOf(committed)).toEqual([END]);
    });

    test('a failure before content is thrown, one after it comes from the rest', async () => {
      const failure = new CallFailure({ type: 'cut' });
      await expect(commit('first-content', [[START], failure])).rejects.toBe(failure);
      const committed = await commit('first-content', [[text('a')], failure]);
      await expect(restOf(committed)).rejects.toBe(failure);
    });

    test('a slow stream is none of its affairs', async () => {
      const committed = await commit('first-content', [[text('a')], 60_000, [text('b')], 60_000, [FINISH]]);
      expect(await restOf(committed)).toEqual([text('b'), FINISH]);
    });
  });

  describe('buffered', () => {
    test('holds the whole answer', async () => {
      const chunks = [START, text('a'), text('b'), FINISH, END];
      const committed = await commit(
        'buffered',
        chunks.map((one) => [one]),
      );
      expect(committed.held).toEqual(chunks);
      expect(await restOf(committed)).toEqual([]);
      expect(isClosed).toBe(true);
    });

    test('a failure after content is thrown too', async () => {
      const failure = new CallFailure({ type: 'reset', detail: 'connection reset' });
      await expect(commit('buffered', [[START], [text('a')], [text('b')], failure])).rejects.toBe(failure);
    });

    test('fewer than five events of content in an idle_timeout are a drip: given up and closed', async () => {
      const steps = [[text('a')], 2500, [text('b')], 2500, [text('c')], 2500, [text('d')], 2500, [FINISH]];
      await expect(commit('buffered', steps)).rejects.toMatchObject({
        facts: { type: 'timeout', waitingFor: 'next-chunk', milliseconds: IDLE_MS },
      });
      expect(isClosed).toBe(true);
    });

    test('pings and roles do not make a drip faster', async () => {
      const pings = Array.from({ length: 20 }, () => [PING]);
      const steps = [[text('a')], 3000, ...pings, [text('b')], 4000, ...pings, [text('c')]];
      await expect(commit('buffered', steps)).rejects.toBeInstanceOf(CallFailure);
    });

    test('five events in each idle_timeout are fast enough, for as long as it takes', async () => {
      const steps = Array.from({ length: 100 }, (_, index) => [1500, [text(String(index))]]).flat();
      const committed = await commit('buffered', [...steps, [FINISH]]);
      expect(committed.held).toHaveLength(101);
    });

    test('a stream that slows down to a drip is given up as well', async () => {
      const quick = Array.from({ length: 50 }, (_, index) => [100, [text(String(index))]]).flat();
      const slow = Array.from({ length: 10 }, (_, index) => [5000, [text(String(index))]]).flat();
      await expect(commit('buffered', [...quick, ...slow, [FINISH]])).rejects.toBeInstanceOf(CallFailure);
    });

    test('the time before the first content is not counted', async () => {
      const committed = await commit('buffered', [[START], 20_000, [text('a')], 100, [FINISH]]);
      expect(committed.held).toHaveLength(3);
    });

    test('an answer that has come to its finish is no drip, however short', async () => {
      const committed = await commit('buffered', [[text('a')], 4000, [text('b')], 4000, [FINISH], [END]]);
      expect(committed.held).toEqual([text('a'), text('b'), FINISH, END]);
    });
  });
});
