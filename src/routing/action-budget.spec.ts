import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { ActionBudget } from './action-budget.js';
import { Budgets } from './budgets.js';

describe('ActionBudget', () => {
  let clock: ManualClock;
  let budget: ActionBudget;

  beforeEach(() => {
    clock = new ManualClock();
    budget = new ActionBudget(clock, 0.2, 1);
  });

  const note = (requests: number): void => {
    for (let count = 0; count < requests; count++) budget.noteRequest();
  };
  const taken = (tries: number): number => {
    let count = 0;
    for (let index = 0; index < tries; index++) if (budget.take()) count++;
    return count;
  };

  test('without traffic the floor is granted, and no more', () => {
    expect(taken(100)).toBe(10);
  });

  test('with traffic the share of its requests is', () => {
    note(1000);
    expect(taken(1000)).toBe(200);
  });

  test('few requests do not push it below the floor', () => {
    note(20);
    expect(taken(100)).toBe(10);
  });

  test('what was refused is not used up', () => {
    expect(taken(10)).toBe(10);
    expect(taken(5)).toBe(0);
    note(100);
    expect(taken(100)).toBe(10);
  });

  test('what happened more than ten seconds ago counts no more', () => {
    note(1000);
    expect(taken(200)).toBe(200);
    clock.advance(9000);
    expect(taken(10)).toBe(0);
    clock.advance(1000);
    expect(taken(100)).toBe(10);
  });

  test('ten seconds slide: each second takes its own counts with it', () => {
    for (let second = 0; second < 10; second++) {
      note(100);
      clock.advance(1000);
    }
    // The first of the ten seconds is gone.
    expect(taken(1000)).toBe(180);
  });

  test('under steady load the share holds for as long as one looks', () => {
    let total = 0;
    for (let second = 0; second < 60; second++) {
      note(50);
      total += taken(50);
      clock.advance(1000);
    }
    expect(total / (60 * 50)).toBeGreaterThan(0.18);
    expect(total / (60 * 50)).toBeLessThanOrEqual(0.24);
  });
});

test('hedges are a tenth of the requests and retries a fifth, each with a floor of ten a second', () => {
  const budgets = new Budgets(new ManualClock());
  const takenOf = (budget: ActionBudget): number => {
    for (let count = 0; count < 2000; count++) budget.noteRequest();
    let taken = 0;
    while (budget.take()) taken++;
    return taken;
  };
  expect(takenOf(budgets.hedges)).toBe(200);
  expect(takenOf(budgets.retries)).toBe(400);
  const idle = new Budgets(new ManualClock());
  let hedges = 0;
  while (idle.hedges.take()) hedges++;
  expect(hedges).toBe(100);
});
