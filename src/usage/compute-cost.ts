import type { Usage } from '../contract/usage.js';
import { ratesFor, type PriceTable } from './price-table.js';

/** Rates times tokens are in 10^-24 US dollars. */
const UNITS_PER_NANO = 10n ** 15n;

/**
 * Nano-dollars, rounded once, half up. `null` where the tokens are not known, or some of them have no price.
 *
 * Of a report that does not add up no part is ever negative: cached tokens count as they are reported, parts of the
 * answer up to its total.
 */
export function computeCost(table: PriceTable, usage: Usage): number | null {
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return null;
  const input = count(usage.inputTokens);
  const output = count(usage.outputTokens);
  const rates = ratesFor(table, Number(input));
  if ((rates.input === undefined && input > 0n) || (rates.output === undefined && output > 0n)) return null;

  const read = count(usage.cacheReadTokens);
  const written = count(usage.cacheWriteTokens);
  const writtenForAnHour = least(count(usage.cacheWrite1hTokens), written);
  const audio = count(usage.inputAudioTokens);
  const beside = most(input - read - written, 0n);
  // Sound that does not fit beside what was cached must have been cached itself.
  const cachedAudio = least(count(usage.cacheReadAudioTokens ?? Number(most(audio - beside, 0n))), read);
  const freshAudio = least(most(audio - cachedAudio, 0n), beside);

  const spoken = least(count(usage.outputAudioTokens), output);
  const drawn = least(count(usage.outputImageTokens), output - spoken);
  const thought = least(count(usage.reasoningTokens), output - spoken - drawn);

  const units =
    (beside - freshAudio) * (rates.input ?? 0n) +
    freshAudio * rates.inputAudio +
    (read - cachedAudio) * rates.cacheRead +
    cachedAudio * rates.cacheReadAudio +
    (written - writtenForAnHour) * rates.cacheWrite +
    writtenForAnHour * rates.cacheWrite1h +
    (output - spoken - drawn - thought) * (rates.output ?? 0n) +
    spoken * rates.outputAudio +
    drawn * rates.outputImage +
    thought * rates.reasoning +
    rates.requests +
    count(usage.webSearches) * rates.webSearches;
  return Number((units + UNITS_PER_NANO / 2n) / UNITS_PER_NANO);
}

/** A vendor's count may be anything that is a number. */
function count(tokens: number | undefined): bigint {
  return tokens === undefined || !(tokens > 0) ? 0n : BigInt(Math.round(tokens));
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function most(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
