import { Injectable } from '@nestjs/common';
import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import { Clock } from '../common/clock.js';
import type { PriceSettings } from '../config/gateway-settings.js';
import type { Usage } from '../contract/usage.js';

/** Who served, as far as the price depends on it. */
export interface PricedTarget {
  readonly prices: Readonly<Record<string, PriceSettings>>;
  /** The vendor's name in the price library. */
  readonly priceId: string | undefined;
  /** The model that was asked for. */
  readonly model: string;
}

/** The pricing side of a target, whatever else it is. */
export function toPricedTarget(target: {
  readonly endpoint: Pick<PricedTarget, 'prices' | 'priceId'>;
  readonly model: string;
}): PricedTarget {
  const { prices, priceId } = target.endpoint;
  return { prices, priceId, model: target.model };
}

/** US dollars per million tokens. */
interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWrite1h: number;
}

interface RememberedRates {
  readonly rates: Rates | undefined;
  readonly until: number;
}

/** Some prices change with the hour, so none is remembered for longer. */
const REMEMBER_MS = 60_000;
const MOST_REMEMBERED = 5_000;
/** A dollar per million tokens is a thousand nano-dollars per token. */
const NANO_PER_TOKEN = 1_000;

/** What calls cost: the configuration's prices first, then the price library's. */
@Injectable()
export class PriceBook {
  private readonly remembered = new Map<string, RememberedRates>();

  constructor(private readonly clock: Clock) {}

  /**
   * Nano-dollars, a whole number. `null` when the tokens or the price are not known, never 0 for that.
   * `served`: the model that the vendor says it served; the asked one stands in where that has no price.
   */
  costOf(target: PricedTarget, served: string, usage: Usage | undefined): number | null {
    const { inputTokens, outputTokens } = usage ?? {};
    if (usage === undefined || (inputTokens === undefined && outputTokens === undefined)) return null;
    const rates = this.ratesOf(target, served);
    if (rates === undefined) return null;
    const read = usage.cacheReadTokens ?? 0;
    const written = usage.cacheWriteTokens ?? 0;
    const writtenForAnHour = usage.cacheWrite1hTokens ?? 0;
    const plain = Math.max(0, (inputTokens ?? 0) - read - written);
    return Math.round(
      NANO_PER_TOKEN *
        (plain * rates.input +
          read * rates.cacheRead +
          (written - writtenForAnHour) * rates.cacheWrite +
          writtenForAnHour * rates.cacheWrite1h +
          (outputTokens ?? 0) * rates.output),
    );
  }

  private ratesOf(target: PricedTarget, served: string): Rates | undefined {
    const own = target.prices[served] ?? target.prices[target.model];
    if (own !== undefined) return fromSettings(own);
    if (target.priceId === undefined) return undefined;
    return this.publishedRates(target.priceId, served) ?? this.publishedRates(target.priceId, target.model);
  }

  private publishedRates(priceId: string, model: string): Rates | undefined {
    const name = `${priceId} ${model}`;
    const now = this.clock.now();
    const known = this.remembered.get(name);
    if (known !== undefined && known.until > now) return known.rates;
    const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, {
      providerId: priceId,
      timestamp: new Date(now),
    });
    const rates = found === null ? undefined : fromLibrary(found.model_price);
    if (this.remembered.size >= MOST_REMEMBERED) this.remembered.clear();
    this.remembered.set(name, { rates, until: now + REMEMBER_MS });
    return rates;
  }
}

function fromSettings(prices: PriceSettings): Rates {
  const cacheWrite = prices.cacheWrite ?? prices.input;
  return {
    input: prices.input,
    output: prices.output,
    cacheRead: prices.cacheRead ?? prices.input,
    cacheWrite,
    cacheWrite1h: cacheWrite,
  };
}

function fromLibrary(price: ModelPrice): Rates | undefined {
  const input = rate(price['input_mtok']);
  const output = rate(price['output_mtok']);
  if (input === undefined && output === undefined) return undefined;
  const plain = input ?? 0;
  const cacheWrite = rate(price['cache_write_mtok']) ?? plain;
  return {
    input: plain,
    output: output ?? 0,
    cacheRead: rate(price['cache_read_mtok']) ?? plain,
    cacheWrite,
    cacheWrite1h: rate(price['cache_write_1h_mtok']) ?? cacheWrite,
  };
}

/** Of a tiered price the base: what a request below the first threshold pays. */
function rate(price: ModelPrice[string]): number | undefined {
  return typeof price === 'object' ? price.base : price;
}
