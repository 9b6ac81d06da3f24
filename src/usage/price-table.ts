import type { ModelPrice } from '@pydantic/genai-prices';
import type { PriceSettings } from '../config/gateway-settings.js';

/**
 * Rates are whole multiples of 10^-18 US dollars per million tokens, so that sums are exact: the library's prices have
 * up to 17 decimals.
 */
const DECIMALS = 18;

/** What a model costs. What has no price of its own is part of the plain input or output. */
export interface Rates {
  /** Absent where the model has no price for its prompt. */
  readonly input: bigint | undefined;
  /** Absent where the model has no price for its answer. */
  readonly output: bigint | undefined;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly cacheWrite1h: bigint;
  readonly inputAudio: bigint;
  readonly cacheReadAudio: bigint;
  readonly reasoning: bigint;
  readonly outputAudio: bigint;
  readonly outputImage: bigint;
  /** Per million of them, as the rest. */
  readonly requests: bigint;
  readonly webSearches: bigint;
}

/** Rates by the length of the prompt. */
export interface PriceTable {
  /** What a prompt pays that is no longer than the first threshold. */
  readonly base: Rates;
  /** In rising order: what the whole request pays when its prompt is longer than `above` tokens. */
  readonly tiers: readonly { readonly above: number; readonly rates: Rates }[];
}

export function ratesFor(table: PriceTable, inputTokens: number): Rates {
  let rates = table.base;
  for (const tier of table.tiers) if (inputTokens > tier.above) rates = tier.rates;
  return rates;
}

/** A price of the configuration: it has no tiers, and holds for both lifetimes of a cache. */
export function fromSettings({ input, output, cacheRead, cacheWrite }: PriceSettings): PriceTable {
  const price = {
    input_mtok: input,
    output_mtok: output,
    cache_read_mtok: cacheRead,
    cache_write_mtok: cacheWrite,
  };
  return { base: toRates((name) => price[name as keyof typeof price]), tiers: [] };
}

/** A price of the library; `undefined` where neither prompts nor answers have one. */
export function fromLibrary(price: ModelPrice): PriceTable | undefined {
  if (price['input_mtok'] === undefined && price['output_mtok'] === undefined) return undefined;
  const starts = Object.values(price).flatMap((value) =>
    typeof value === 'object' ? value.tiers.map(({ start }) => start) : [],
  );
  const thresholds = [...new Set(starts)].sort((one, other) => one - other);
  return {
    base: toRates((name) => priceAt(price[name], 0)),
    tiers: thresholds.map((above) => ({ above, rates: toRates((name) => priceAt(price[name], above + 1)) })),
  };
}

function priceAt(price: ModelPrice[string], inputTokens: number): number | undefined {
  if (typeof price !== 'object') return price;
  let found = price.base;
  let from = -1;
  for (const tier of price.tiers) {
    if (inputTokens <= tier.start || tier.start < from) continue;
    found = tier.price;
    from = tier.start;
  }
  return found;
}

/** `priceOf` knows the library's names: `_mtok` per million tokens, `_kcount` per thousand. */
function toRates(priceOf: (name: string) => number | undefined): Rates {
  const rate = (name: string): bigint | undefined => {
    const price = priceOf(name);
    return price === undefined ? undefined : toUnits(price);
  };
  const input = rate('input_mtok');
  const output = rate('output_mtok');
  const cacheRead = rate('cache_read_mtok') ?? input ?? 0n;
  const cacheWrite = rate('cache_write_mtok') ?? input ?? 0n;
  return {
    input,
    output,
    cacheRead,
    cacheWrite,
    cacheWrite1h: rate('cache_write_1h_mtok') ?? cacheWrite,
    inputAudio: rate('input_audio_mtok') ?? input ?? 0n,
    cacheReadAudio: rate('cache_audio_read_mtok') ?? cacheRead,
    reasoning: rate('output_reasoning_mtok') ?? output ?? 0n,
    outputAudio: rate('output_audio_mtok') ?? output ?? 0n,
    outputImage: rate('output_image_mtok') ?? output ?? 0n,
    requests: 1000n * (rate('requests_kcount') ?? 0n),
    webSearches: 1000n * (rate('web_searches_kcount') ?? 0n),
  };
}

/** The decimal number that the price is written as, exactly: 0.1 is a tenth here. */
function toUnits(price: number): bigint {
  const [mantissa = '', exponent = '0'] = String(price).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = DECIMALS - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
}
