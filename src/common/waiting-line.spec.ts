import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventLoopTurn } from './event-loop-turn.js';
import { WaitingLine } from './waiting-line.js';

/** What a request costs before it waits for its vendor. */
const COST_MS = 0.5;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the waiting line', () => {
  let clock: ManualClock;
  let line: WaitingLine;
  let started: string[];

  const join = (name: string, costMs = COST_MS): (() => void) =>
    line.join(() => {
      started.push(name);
      clock.advance(costMs);
    });

  beforeEach(() => {
    clock = new ManualClock();
    line = new WaitingLine(new EventLoopTurn(clock), clock);
    started = [];
  });

  afterEach(async () => {
    while (line.length > 0) await nextTurn();
  });

  it('starts a request at once while there are few', () => {
    join('one');
    expect(started).toEqual(['one']);
    expect(line.expectedWaitMs).toBe(0);
  });

  it('starts again at once in the next turn of the event loop', async () => {
    ['a', 'b', 'c'].forEach((name) => join(name));
    await nextTurn();
    await nextTurn();
    started = [];
    join('later');
    expect(started).toEqual(['later']);
  });

  it('lets those wait who come when the time of the turn is used up', () => {
    ['a', 'b', 'c', 'd'].forEach((name) => join(name));
    expect(started).toEqual(['a', 'b']);
    expect(line.length).toBe(2);
  });

  it('expects who comes next to wait for all who are in line, at the pace of the latest starts', async () => {
    for (let count = 0; count < 2_000; count++) join(String(count));
    for (let turn = 0; turn < 500; turn++) await nextTurn();
    expect(line.length).toBeGreaterThan(900);
    const expected = line.length * COST_MS;
    expect(line.expectedWaitMs).toBeGreaterThan(expected * 0.99);
    expect(line.expectedWaitMs).toBeLessThan(expected * 1.01);
  });

  describe('when turns are long', () => {
    const startedIn = async (turnMs: number): Promise<number> => {
      started = [];
      const begunAt = clock.monotonic();
      await nextTurn();
      clock.advance(turnMs - (clock.monotonic() - begunAt));
      return started.length;
    };

    beforeEach(() => {
      for (let count = 0; count < 400; count++) join(String(count), 0.125);
    });

    it('starts fewer in each until they are not, and one at least', async () => {
      expect(await startedIn(10)).toBe(8);
      expect(await startedIn(40)).toBe(8);
      expect(await startedIn(40)).toBe(4);
      expect(await startedIn(40)).toBe(2);
      expect(await startedIn(20_000)).toBe(1);
      expect(await startedIn(20_000)).toBe(1);
    });

    it('starts more again when they are short', async () => {
      await startedIn(10);
      await startedIn(160);
      const counts: number[] = [];
      for (let turn = 0; turn < 12; turn++) counts.push(await startedIn(10));
      expect(counts).toEqual([1, 2, 2, 2, 3, 4, 4, 5, 6, 8, 8, 8]);
    });
  });

  it('lets those who have been started go on before it starts others, and gives them time of the same slices', async () => {
    const goOn = async (name: string): Promise<void> => {
      await line.goOn();
      started.push(name);
      clock.advance(COST_MS);
    };
    ['a', 'b', 'c', 'd', 'e'].forEach((name) => join(name));
    const going = ['a goes on', 'b goes on', 'c goes on'].map(goOn);
    expect(line.length).toBe(6);
    await nextTurn();
    expect(started).toEqual(['a', 'b', 'a goes on', 'b goes on']);
    await nextTurn();
    await Promise.all(going);
    expect(started.slice(4)).toEqual(['c goes on', 'c']);
    expect(line.length).toBe(2);
  });

  it('lets those go on at once who are alone', async () => {
    await line.goOn();
    expect(line.length).toBe(0);
  });

  it('starts them in order, a slice in each turn, with the sockets seen to in between', async () => {
    const names = Array.from({ length: 7 }, (_, index) => String(index));
    names.forEach((name) => join(name));
    expect(started).toHaveLength(2);
    await nextTurn();
    expect(started).toHaveLength(4);
    await nextTurn();
    expect(started).toHaveLength(6);
    await nextTurn();
    expect(started).toEqual(names);
    expect(line.length).toBe(0);
  });

  it('starts nothing else in the slice of a large one', async () => {
    ['a', 'b'].forEach((name) => join(name));
    for (const name of ['large', 'larger', 'c', 'd']) {
      line.join(() => {
        started.push(name);
      }, name.startsWith('large'));
    }
    await nextTurn();
    expect(started).toEqual(['a', 'b', 'large']);
    await nextTurn();
    expect(started.slice(3)).toEqual(['larger']);
    await nextTurn();
    expect(started.slice(4)).toEqual(['c', 'd']);
  });

  it('lets nobody overtake', async () => {
    ['a', 'b', 'c', 'd', 'e'].forEach((name) => join(name));
    await nextTurn();
    join('late');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    await nextTurn();
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e', 'late']);
  });

  it('forgets who leaves', async () => {
    ['a', 'b', 'c'].forEach((name) => join(name));
    const leave = join('gone');
    leave();
    expect(line.length).toBe(1);
    await nextTurn();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('keeps the order of thousands, some of whom leave', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => String(index));
    const leaves = names.map((name) => join(name));
    leaves.forEach((leave, index) => {
      if (index % 3 === 2) leave();
    });
    while (line.length > 0) await nextTurn();
    expect(started).toEqual(names.filter((_, index) => index % 3 !== 2));
    expect(line.expectedWaitMs).toBe(0);
  });

  it('takes no notice of a leave after the start', () => {
    const leave = join('a');
    leave();
    expect(started).toEqual(['a']);
  });
});
