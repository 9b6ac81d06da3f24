import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventLoopTurn } from '../common/event-loop-turn.js';
import { WaitingLine } from './waiting-line.js';

/** What a request costs before it waits for its vendor. */
const COST_MS = 0.5;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the waiting line', () => {
  let clock: ManualClock;
  let line: WaitingLine;
  let started: string[];

  const join = (name: string): (() => void) =>
    line.join(() => {
      started.push(name);
      clock.advance(COST_MS);
    });

  beforeEach(() => {
    clock = new ManualClock();
    line = new WaitingLine(new EventLoopTurn(), clock);
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
    ['a', 'b', 'c'].forEach(join);
    await nextTurn();
    await nextTurn();
    started = [];
    join('later');
    expect(started).toEqual(['later']);
  });

  it('lets those wait who come when the time of the turn is used up', () => {
    ['a', 'b', 'c', 'd'].forEach(join);
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

  it('starts fewer in a turn when the turns are long, and one at least', async () => {
    const startedIn = async (turnMs: number): Promise<number> => {
      started = [];
      const begunAt = clock.monotonic();
      await nextTurn();
      clock.advance(turnMs - (clock.monotonic() - begunAt));
      return started.length;
    };
    for (let count = 0; count < 100; count++) join(String(count));
    expect(await startedIn(10)).toBe(2);
    expect(await startedIn(80)).toBe(2);
    expect(await startedIn(1_000)).toBe(1);
    expect(await startedIn(10)).toBe(1);
    expect(await startedIn(10)).toBe(2);
  });

  it('starts them in order, a slice in each turn, with the sockets seen to in between', async () => {
    const names = Array.from({ length: 7 }, (_, index) => String(index));
    names.forEach(join);
    expect(started).toHaveLength(2);
    await nextTurn();
    expect(started).toHaveLength(4);
    await nextTurn();
    expect(started).toHaveLength(6);
    await nextTurn();
    expect(started).toEqual(names);
    expect(line.length).toBe(0);
  });

  it('lets nobody overtake', async () => {
    ['a', 'b', 'c', 'd', 'e'].forEach(join);
    await nextTurn();
    join('late');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    await nextTurn();
    expect(started).toEqual(['a', 'b', 'c', 'd', 'e', 'late']);
  });

  it('forgets who leaves', async () => {
    ['a', 'b', 'c'].forEach(join);
    const leave = join('gone');
    leave();
    expect(line.length).toBe(1);
    await nextTurn();
    expect(started).toEqual(['a', 'b', 'c']);
  });

  it('keeps the order of thousands, some of whom leave', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => String(index));
    const leaves = names.map(join);
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
