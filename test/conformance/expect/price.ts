import {
  findProvider,
  type ConditionalPrice,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
  type Provider,
} from '@pydantic/genai-prices';
import type { SaidUsage } from './usage.js';

/** Prices and tokens are multiplied as whole numbers: a price is that many 10^-20 dollars per million tokens. */
const DECIMALS = 20;
/** 10^26 of these are a dollar, so 10^17 a nano-dollar. */
const PER_NANO = 10n ** 17n;

/** The raw prices of a model at a time; `undefined` where the library has none. */
export function findPrices(priceId: string, model: string, at: Date): ModelPrice | undefined {
  const provider = findProvider({ providerId: priceId });
  if (provider === undefined || model === '') return undefined;
  const name = model.trim().toLowerCase();
  const found = findModel(provider, name) ?? findModel(provider, withDashedDate(name));
  if (found === undefined) return undefined;
  return Array.isArray(found.prices) ? pickPrices(found.prices, at) : found.prices;
}

/** Nano-dollars of a call, rounded half up, by this file's own arithmetic. */
export function computeExpectedCost(prices: ModelPrice, usage: SaidUsage): number {
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0 } = usage;
  const { reasoning = 0, inputAudio = 0, outputAudio = 0, webSearches = 0 } = usage;
  const bill: readonly (readonly [tokens: number, ...names: string[]])[] = [
    [input - cacheRead - cacheWrite - inputAudio, 'input_mtok'],
    [inputAudio, 'input_audio_mtok', 'input_mtok'],
    [cacheRead, 'cache_read_mtok', 'input_mtok'],
    [cacheWrite - cacheWrite1h, 'cache_write_mtok', 'input_mtok'],
    [cacheWrite1h, 'cache_write_1h_mtok', 'cache_write_mtok', 'input_mtok'],
    [output - outputAudio - reasoning, 'output_mtok'],
    [reasoning, 'output_reasoning_mtok', 'output_mtok'],
    [outputAudio, 'output_audio_mtok', 'output_mtok'],
    [webSearches * 1000, 'web_searches_kcount'],
    [1000, 'requests_kcount'],
  ];
  let sum = 0n;
  for (const [tokens, ...names] of bill) {
    const name = names.find((one) => prices[one] !== undefined);
    if (name !== undefined) sum += BigInt(tokens) * toWholeNumber(priceFor(prices[name]!, input));
  }
  return Number((2n * sum + PER_NANO) / (2n * PER_NANO));
}

function priceFor(price: NonNullable<ModelPrice[string]>, input: number): number {
  if (typeof price === 'number') return price;
  const reached = price.tiers
    .filter(({ start }) => input > start)
    .sort((one, other) => other.start - one.start);
  return reached[0]?.price ?? price.base;
}

function toWholeNumber(price: number): bigint {
  const text = String(price);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new Error(`A price that is no plain decimal: ${text}`);
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}

function findModel(provider: Provider, name: string): ModelInfo | undefined {
  const own = provider.models.find(({ match }) => matches(match, name));
  if (own !== undefined) return own;
  for (const providerId of provider.fallback_model_providers ?? []) {
    const other = findProvider({ providerId })?.models.find(({ match }) => matches(match, name));
    if (other !== undefined) return other;
  }
  return undefined;
}

function matches(logic: MatchLogic, name: string): boolean {
  if ('and' in logic) return logic.and.every((one) => matches(one, name));
  if ('or' in logic) return logic.or.some((one) => matches(one, name));
  if ('equals' in logic) return logic.equals.toLowerCase() === name;
  if ('starts_with' in logic) return name.startsWith(logic.starts_with.toLowerCase());
  if ('ends_with' in logic) return name.endsWith(logic.ends_with.toLowerCase());
  if ('contains' in logic) return name.includes(logic.contains.toLowerCase());
  return new RegExp(logic.regex).test(name);
}

/** `gpt-x-20260101` is listed as `gpt-x-2026-01-01`. */
function withDashedDate(name: string): string {
  return name.replace(/-(20\d\d)(\d\d)(\d\d)(?=-|:|$)/g, '-$1-$2-$3');
}

/** Of the prices whose condition holds the last. */
function pickPrices(conditional: readonly ConditionalPrice[], at: Date): ModelPrice {
  const found = conditional.findLast(({ constraint }) => {
    if (constraint === undefined) return true;
    if (constraint.type === 'start_date') return at >= new Date(constraint.start_date);
    const { start_time: start, end_time: end } = constraint;
    if (!start.endsWith('Z') || !end.endsWith('Z')) throw new Error('A time of day that is not UTC');
    const time = at.toISOString().slice('2026-01-01T'.length, -'.000Z'.length);
    return start <= end ? time >= start.slice(0, -1) && time < end.slice(0, -1) : time >= start || time < end;
  });
  return (found ?? conditional[0]!).prices;
}
