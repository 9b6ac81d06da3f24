import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { calcPrice } from '@pydantic/genai-prices';
import { Clock } from '../common/clock.js';
import type { PriceSettings } from '../config/gateway-settings.js';
import type { Usage } from '../contract/usage.js';
import { computeCost } from './compute-cost.js';
import { fromLibrary, fromSettings, type PriceTable } from './price-table.js';

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

export interface Price {
  /** Nano-dollars, a whole number. */
  readonly nano: number;
  /** Whose prices these are: `genai-prices 0.1.8`, or `config`. */
  readonly version: string;
}

interface RememberedTable {
  readonly table: PriceTable | undefined;
  readonly until: number;
}

/** Some prices change with the hour, always at a whole minute, so none is remembered beyond the next one. */
const REMEMBER_MS = 60_000;
const MOST_REMEMBERED = 5_000;
/** Long prompts have other prices at some vendors. */
const A_THOUSAND_IN: Usage = { inputTokens: 1_000, outputTokens: 0 };
const A_THOUSAND_OUT: Usage = { inputTokens: 0, outputTokens: 1_000 };
const TO_DOLLARS_PER_MILLION = 1e-6;
const CONFIG_VERSION = 'config';
const LIBRARY_VERSION = `genai-prices ${readLibraryVersion()}`;

/** What calls cost: the configuration's prices first, then the price library's. */
@Injectable()
export class PriceBook {
  private readonly published = new Map<string, RememberedTable>();
  private readonly configured = new WeakMap<PriceSettings, PriceTable>();
  /** What was computed last: the same answer is priced for its header, and again for the books. */
  private latest:
    { readonly table: PriceTable; readonly usage: Usage; readonly nano: number | null } | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * `null` when the tokens or the price are not known, never 0 for that.
   * `served`: the model that the vendor says it served; the asked one stands in where that has no price.
   */
  priceOf(target: PricedTarget, served: string, usage: Usage | undefined): Price | null {
    if (usage === undefined) return null;
    const own = ownPrice(target, served) ?? ownPrice(target, target.model);
    const table = own === undefined ? this.publishedTable(target, served) : this.configuredTable(own);
    const nano = table === undefined ? null : this.compute(table, usage);
    if (nano === null) return null;
    return { nano, version: own === undefined ? LIBRARY_VERSION : CONFIG_VERSION };
  }

  /** The price alone, in nano-dollars. */
  costOf(target: PricedTarget, served: string, usage: Usage | undefined): number | null {
    return this.priceOf(target, served, usage)?.nano ?? null;
  }

  /** Dollars per million tokens of short requests; `null` where no price is known. */
  perMillion(target: PricedTarget): { readonly prompt: number; readonly completion: number } | null {
    const prompt = this.costOf(target, target.model, A_THOUSAND_IN);
    const completion = this.costOf(target, target.model, A_THOUSAND_OUT);
    if (prompt === null || completion === null) return null;
    return { prompt: prompt * TO_DOLLARS_PER_MILLION, completion: completion * TO_DOLLARS_PER_MILLION };
  }

  private compute(table: PriceTable, usage: Usage): number | null {
    const { latest } = this;
    if (latest?.table === table && latest.usage === usage) return latest.nano;
    const nano = computeCost(table, usage);
    this.latest = { table, usage, nano };
    return nano;
  }

  private configuredTable(prices: PriceSettings): PriceTable {
    let table = this.configured.get(prices);
    if (table === undefined) {
      table = fromSettings(prices);
      this.configured.set(prices, table);
    }
    return table;
  }

  private publishedTable({ priceId, model }: PricedTarget, served: string): PriceTable | undefined {
    if (priceId === undefined) return undefined;
    return this.lookUp(priceId, served) ?? this.lookUp(priceId, model);
  }

  private lookUp(priceId: string, model: string): PriceTable | undefined {
    const name = `${priceId} ${model}`;
    const now = this.clock.now();
    const known = this.published.get(name);
    if (known !== undefined && known.until > now) return known.table;
    const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, {
      providerId: priceId,
      timestamp: new Date(now),
    });
    const table = found === null ? undefined : fromLibrary(found.model_price);
    if (this.published.size >= MOST_REMEMBERED) this.published.clear();
    this.published.set(name, { table, until: now - (now % REMEMBER_MS) + REMEMBER_MS });
    return table;
  }
}

/** A vendor's name for its model may be that of a member which every object has. */
function ownPrice({ prices }: PricedTarget, model: string): PriceSettings | undefined {
  return Object.hasOwn(prices, model) ? prices[model] : undefined;
}

/** The library does not say its version itself. */
function readLibraryVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
  const text = readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
