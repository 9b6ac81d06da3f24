import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { EventLoopTurn } from './event-loop-turn.js';
import { StreamTurns } from './stream-turns.js';

const COST_MS = 1;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the turns of streams', () => {
  let clock: ManualClock;
  let turns: StreamTurns;
  let served: string[];

  const take = (name: string): void => {
    turns.take(() => {
      served.push(name);
      clock.advance(COST_MS);
    });
  };

  beforeEach(() => {
    clock = new ManualClock();
    turns = new StreamTurns(new EventLoopTurn(clock), clock);
    served = [];
  });

  afterEach(async () => {
    while (turns.waitMs > 0) await nextTurn();
  });

  it('pass on at once what few bring', () => {
    ['a', 'b', 'c'].forEach(take);
    expect(served).toEqual(['a', 'b', 'c']);
    expect(turns.waitMs).toBe(0);
  });

  it('let wait what comes when their time is used up, and say for how long', () => {
    ['a', 'b', 'c', 'd'].forEach(take);
    expect(served).toEqual(['a', 'b', 'c']);
    clock.advance(7);
    expect(turns.waitMs).toBe(7);
  });

  it('pass on in order what waits, a slice after each look at the sockets', async () => {
    const names = Array.from({ length: 10 }, (_, index) => String(index));
    names.forEach(take);
    await nextTurn();
    expect(served).toEqual(names.slice(0, 6));
    await nextTurn();
    expect(served).toEqual(names.slice(0, 9));
    await nextTurn();
    expect(served).toEqual(names);
  });

  it('let who comes while others wait wait behind them', async () => {
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'].forEach(take);
    await nextTurn();
    take('late');
    expect(served).not.toContain('late');
    await nextTurn();
    expect(served.slice(-2)).toEqual(['g', 'late']);
  });

  it('do what one of them promises before the next', async () => {
    ['a', 'b', 'c'].forEach(take);
    for (const name of ['d', 'e']) {
      turns.take(() => {
        served.push(name);
        void Promise.resolve().then(() => served.push(`after ${name}`));
      });
    }
    await nextTurn();
    expect(served.slice(3)).toEqual(['d', 'after d', 'e', 'after e']);
  });

  it('take half as long as the rest of the turn took, when that is longer', async () => {
    const names = Array.from({ length: 20 }, (_, index) => String(index));
    names.forEach(take);
    // Callers connect.
    clock.advance(10);
    await nextTurn();
    expect(served).toHaveLength(3 + 5);
  });

  it('begin anew with each turn of the event loop', async () => {
    ['a', 'b', 'c'].forEach(take);
    await nextTurn();
    await nextTurn();
    ['d', 'e'].forEach(take);
    expect(served).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
