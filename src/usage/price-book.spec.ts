import { calcPrice, waitForUpdate } from '@pydantic/genai-prices';
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

  it('change with the hour where they do, in the very minute', () => {
    const moving = new FixedClock(Date.UTC(2026, 10, 1, 16, 29, 59, 999));
    const book = new PriceBook(moving);
    const chat = target('deepseek-chat', { priceId: 'deepseek' });
    const million = { inputTokens: 1_000_000 };
    expect(book.costOf(chat, chat.model, million)).toBe(270_000_000);
    moving.time += 1;
    expect(book.costOf(chat, chat.model, million)).toBe(135_000_000);
    moving.time += 8 * 3_600_000;
    expect(book.costOf(chat, chat.model, million)).toBe(270_000_000);
  });

  it('tell tokens that are kept for an hour from those kept for five minutes', () => {
    const haiku = target('claude-haiku-4-5', { priceId: 'anthropic' });
    const usage = {
      inputTokens: 1000,
      cacheWriteTokens: 1000,
      cacheWrite5mTokens: 600,
      cacheWrite1hTokens: 400,
    };
    expect(cost(haiku, usage)).toBe(600 * 1250 + 400 * 2000);
  });

  it('rise for the whole request once its prompt is longer than the threshold, cached tokens included', () => {
    const sonnet = target('claude-sonnet-4-5', { priceId: 'anthropic' });
    const atMost = { inputTokens: 200_000, cacheReadTokens: 150_000, outputTokens: 10 };
    expect(cost(sonnet, atMost)).toBe(50_000 * 3000 + 150_000 * 300 + 10 * 15_000);
    const above = { ...atMost, inputTokens: 200_001 };
    expect(cost(sonnet, above)).toBe(50_001 * 6000 + 150_000 * 600 + 10 * 22_500);
  });

  it('tell sound from text, cached sound as well', () => {
    const flash = target('gemini-2.5-flash', { priceId: 'google' });
    const usage = {
      inputTokens: 1000,
      inputAudioTokens: 700,
      cacheReadTokens: 300,
      cacheReadAudioTokens: 200,
    };
    expect(cost(flash, usage)).toBe(200 * 300 + 500 * 1000 + 100 * 30 + 200 * 100);
    const spoken = { inputTokens: 10, outputTokens: 100, outputAudioTokens: 80 };
    expect(cost(target('gpt-audio'), spoken)).toBe(10 * 2500 + 20 * 10_000 + 80 * 64_000);
  });

  it('take for cached what sound does not fit beside the cached tokens', () => {
    const flash = target('gemini-2.5-flash', { priceId: 'google' });
    const usage = { inputTokens: 1000, inputAudioTokens: 900, cacheReadTokens: 300 };
    expect(cost(flash, usage)).toBe(700 * 1000 + 100 * 30 + 200 * 100);
  });

  it('tell pictures from text in an answer', () => {
    const image = target('gemini-2.5-flash-image', { priceId: 'google' });
    expect(cost(image, { outputTokens: 1300, outputImageTokens: 1290 })).toBe(10 * 2500 + 1290 * 30_000);
  });

  it('have a rate for reasoning where the vendor has', () => {
    const research = target('perplexity/sonar-deep-research', { priceId: 'openrouter' });
    expect(cost(research, { outputTokens: 100, reasoningTokens: 60 })).toBe(40 * 8000 + 60 * 3000);
    expect(cost(target('gpt-5'), { outputTokens: 100, reasoningTokens: 60 })).toBe(100 * 10_000);
  });

  it('never count a part of the answer beyond its total', () => {
    const research = target('perplexity/sonar-deep-research', { priceId: 'openrouter' });
    expect(cost(research, { outputTokens: 10, reasoningTokens: 11 })).toBe(10 * 3000);
  });

  it('add what the vendor takes for each call, and for each search of the web', () => {
    const searches = target('claude-haiku-4-5', { priceId: 'anthropic' });
    expect(cost(searches, { inputTokens: 1, webSearches: 3 })).toBe(1000 + 3 * 10_000_000);
    const sonar = target('sonar', { priceId: 'perplexity' });
    expect(cost(sonar, { inputTokens: 8, outputTokens: 2 })).toBe(8 * 1000 + 2 * 1000 + 12_000_000);
  });

  it('are exact where a price has more decimals than a float can add', () => {
    const flash = target('google/gemini-2.5-flash-lite', { priceId: 'openrouter' });
    const usage = { inputTokens: 3_000_000, cacheWriteTokens: 3_000_000 };
    expect(cost(flash, usage)).toBe(250_000_000);
  });

  it('are not known of an answer where the model has one for its prompt alone', () => {
    const embedding = target('text-embedding-3-small');
    expect(cost(embedding, { inputTokens: 1000 })).toBe(20_000);
    expect(cost(embedding, { inputTokens: 1000, outputTokens: 0 })).toBe(20_000);
    expect(cost(embedding, { inputTokens: 1000, outputTokens: 1 })).toBeNull();
  });

  it('are what the library itself computes, for each of its models', async () => {
    const timestamp = new Date(clock.time);
    const usage = { input_tokens: 300_000, cache_read_tokens: 50_000, output_tokens: 2000 };
    const providers = (await waitForUpdate()) ?? [];
    const models = providers.flatMap(({ id: priceId, models }) => models.map(({ id }) => ({ priceId, id })));
    const compared = models.flatMap(({ priceId, id }) => {
      const ours = cost(target(id, { priceId }), {
        inputTokens: 300_000,
        cacheReadTokens: 50_000,
        outputTokens: 2000,
      });
      const theirs = calcPrice(usage, id, { providerId: priceId, timestamp })?.total_price;
      if (ours === null || theirs === undefined) return [];
      return [{ id: `${priceId} ${id}`, ours, differs: Math.abs(ours - theirs * 1e9) > 0.51 }];
    });
    expect(compared.filter(({ differs }) => differs)).toEqual([]);
    expect(compared.length).toBeGreaterThan(1000);
  });
});

describe('a price says whose it is', () => {
  const book = new PriceBook(clock);

  it('the library with its version', () => {
    const price = book.priceOf(target('gpt-4o-mini'), 'gpt-4o-mini', TOKENS);
    expect(price?.nano).toBe(210_000);
    expect(price?.version).toMatch(/^genai-prices \d+\.\d+\.\d+$/);
  });

  it('or the configuration', () => {
    const own = target('own', { prices: { own: { input: 1, output: 1 } } });
    expect(book.priceOf(own, 'own', TOKENS)).toEqual({ nano: 1_100_000, version: 'config' });
  });
});

describe('an unknown cost is null, never zero', () => {
  it.each<[string, PricedTarget, Usage | undefined]>([
    ['an unknown model', target('nobody-has-heard-of-it'), TOKENS],
    [
      'a model whose name every object has a member of',
      target('constructor', { priceId: undefined }),
      TOKENS,
    ],
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
