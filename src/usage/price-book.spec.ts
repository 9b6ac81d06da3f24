import { describe, expect, it } from 'vitest';
import { Clock, type ClockTimer } from '../common/clock.js';
import type { Usage } from '../contract/usage.js';
import { PriceBook, type PricedTarget } from './price-book.js';

class FixedClock extends Clock {
  constructor(public time: number) {
    super();
  }

  override now(): number {
    return this.time;
  }

  override monotonic(): number {
    return this.time;
  }

  override startTimer(): ClockTimer {
    throw new Error('prices need no timers');
  }
}

const clock = new FixedClock(Date.UTC(2026, 10, 1, 12));
const target = (model: string, more: Partial<PricedTarget> = {}): PricedTarget => ({
  prices: {},
  priceId: 'openai',
  model,
  ...more,
});
const cost = (of: PricedTarget, usage: Usage | undefined, served = of.model): number | null =>
  new PriceBook(clock).costOf(of, served, usage);

const TOKENS = { inputTokens: 1000, outputTokens: 100 };

describe('prices of the configuration', () => {
  const prices = { own: { input: 2, output: 8, cacheRead: 0.5, cacheWrite: 2.5 } };

  it('are dollars per million tokens and come out as whole nano-dollars', () => {
    expect(cost(target('own', { prices }), TOKENS)).toBe(1000 * 2000 + 100 * 8000);
  });

  it('go before the library', () => {
    const own = { 'gpt-4o-mini': { input: 100, output: 100 } };
    expect(cost(target('gpt-4o-mini', { prices: own }), TOKENS)).toBe(1100 * 100_000);
  });

  it('are found by the model that was served, else by the one that was asked', () => {
    const both = { asked: { input: 1, output: 1 }, served: { input: 2, output: 2 } };
    const usage = { inputTokens: 1 };
    expect(cost(target('asked', { prices: both }), usage, 'served')).toBe(2000);
    expect(cost(target('asked', { prices: both }), usage, 'asked-2026-01-01')).toBe(1000);
  });

  it('tell cached tokens, which are part of the input, apart', () => {
    const usage = { inputTokens: 1000, cacheReadTokens: 600, cacheWriteTokens: 100, outputTokens: 0 };
    expect(cost(target('own', { prices }), usage)).toBe(300 * 2000 + 600 * 500 + 100 * 2500);
  });

  it('count cached tokens as plain ones where no price of theirs is given', () => {
    const plain = { own: { input: 2, output: 8 } };
    const usage = { inputTokens: 1000, cacheReadTokens: 600, cacheWriteTokens: 100, cacheWrite1hTokens: 50 };
    expect(cost(target('own', { prices: plain }), usage)).toBe(1000 * 2000);
  });

  it('of zero cost zero, which is not the same as an unknown price', () => {
    expect(cost(target('own', { prices: { own: { input: 0, output: 0 } } }), TOKENS)).toBe(0);
  });

  it('never make a negative cost of a report that does not add up', () => {
    expect(cost(target('own', { prices }), { inputTokens: 10, cacheReadTokens: 50 })).toBe(50 * 500);
  });

  it('are rounded to whole nano-dollars', () => {
    const odd = { own: { input: 0.0005, output: 0 } };
    expect(cost(target('own', { prices: odd }), { inputTokens: 3 })).toBe(2);
  });
});

describe('prices of the library', () => {
  it('cover the known models of known vendors', () => {
    expect(cost(target('gpt-4o-mini'), TOKENS)).toBe(1000 * 150 + 100 * 600);
  });

  it('are found under a dated name that the vendor reports', () => {
    expect(cost(target('gpt-4o-mini'), TOKENS, 'gpt-4o-mini-2024-07-18')).toBe(1000 * 150 + 100 * 600);
  });

  it('stand in by the asked model where the served name is unknown', () => {
    expect(cost(target('gpt-4o-mini'), TOKENS, 'some-deployment')).toBe(1000 * 150 + 100 * 600);
  });

  it('have a lower rate for tokens read from the cache', () => {
    const usage = { inputTokens: 1000, cacheReadTokens: 400, outputTokens: 0 };
    expect(cost(target('gpt-4o-mini'), usage)).toBe(600 * 150 + 400 * 75);
  });

  it('have rates of their own for tokens written to the cache', () => {
    const haiku = target('claude-haiku-4-5', { priceId: 'anthropic' });
    const read = cost(haiku, { inputTokens: 1000, cacheReadTokens: 1000 });
    const plain = cost(haiku, { inputTokens: 1000 });
    const written = cost(haiku, { inputTokens: 1000, cacheWriteTokens: 1000 });
    expect([read, plain, written]).toEqual([100_000, 1_000_000, 1_250_000]);
  });

  it('are looked up anew after a minute, as some change with the hour', () => {
    const moving = new FixedClock(clock.time);
    const book = new PriceBook(moving);
    expect(book.costOf(target('gpt-4o-mini'), 'gpt-4o-mini', TOKENS)).toBe(210_000);
    moving.time += 60_001;
    expect(book.costOf(target('gpt-4o-mini'), 'gpt-4o-mini', TOKENS)).toBe(210_000);
  });
});

describe('an unknown cost is null, never zero', () => {
  it.each<[string, PricedTarget, Usage | undefined]>([
    ['an unknown model', target('nobody-has-heard-of-it'), TOKENS],
    ['a vendor that the library does not have', target('gpt-4o-mini', { priceId: undefined }), TOKENS],
    ['no usage', target('gpt-4o-mini'), undefined],
    ['usage without any count', target('gpt-4o-mini'), {}],
    ['usage without a total', target('gpt-4o-mini'), { reasoningTokens: 5 }],
  ])('%s', (_, of, usage) => {
    expect(cost(of, usage)).toBeNull();
  });

  it('but a reported zero is zero', () => {
    expect(cost(target('gpt-4o-mini'), { inputTokens: 0, outputTokens: 0 })).toBe(0);
  });
});
