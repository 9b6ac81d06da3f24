import type { JsonObject } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import { readNumber, readObject } from '../json/read-json.js';
import type { WireUsage } from './wire-types.js';

/**
 * Reads a usage report. Anthropic counts uncached input apart from what the cache gave and took; the canonical total
 * holds all three. `undefined` where it reports nothing.
 */
export function decodeUsage(usage: WireUsage | undefined): Usage | undefined {
  if (usage === undefined) return undefined;
  const uncached = readNumber(usage.input_tokens);
  const cacheReadTokens = readNumber(usage.cache_read_input_tokens);
  const split = readObject(usage.cache_creation);
  const cacheWrite5mTokens = readNumber(split?.['ephemeral_5m_input_tokens']);
  const cacheWrite1hTokens = readNumber(split?.['ephemeral_1h_input_tokens']);
  const splitSum = addReported(cacheWrite5mTokens, cacheWrite1hTokens);
  const cacheWriteTokens = readNumber(usage.cache_creation_input_tokens) ?? splitSum;
  // A later report may correct the total without repeating the split, which then no longer holds.
  const splitHolds = splitSum === cacheWriteTokens;
  const found: Record<string, number | undefined> = {
    inputTokens: addReported(uncached, cacheReadTokens, cacheWriteTokens),
    outputTokens: readNumber(usage.output_tokens),
    cacheReadTokens,
    cacheWriteTokens,
    cacheWrite5mTokens: splitHolds ? cacheWrite5mTokens : undefined,
    cacheWrite1hTokens: splitHolds ? cacheWrite1hTokens : undefined,
    reasoningTokens: readNumber(readObject(usage.output_tokens_details)?.['thinking_tokens']),
    webSearches: readNumber(readObject(usage.server_tool_use)?.['web_search_requests']),
  };
  const reported = Object.entries(found).filter(([, value]) => value !== undefined);
  return reported.length === 0 ? undefined : Object.fromEntries(reported);
}

/** The sum of what was reported; `undefined` where nothing was. */
function addReported(...counts: readonly (number | undefined)[]): number | undefined {
  let sum: number | undefined;
  for (const count of counts) if (count !== undefined) sum = (sum ?? 0) + count;
  return sum;
}

/** Lays a later report of a stream over an earlier one: totals are replaced, never added, and null says nothing. */
export function mergeWireUsage(earlier: WireUsage | undefined, later: WireUsage): WireUsage {
  const merged: JsonObject = { ...earlier };
  for (const [name, value] of Object.entries(later)) {
    if (value !== null && value !== undefined) merged[name] = value;
  }
  return merged;
}

/** Writes a usage report in which every count is a number, as Anthropic's clients expect. */
export function encodeUsage(usage: Usage | undefined): JsonObject {
  const cacheRead = usage?.cacheReadTokens ?? 0;
  const cacheWrite = usage?.cacheWriteTokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage?.inputTokens ?? 0) - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage?.cacheWrite5mTokens ?? cacheWrite - (usage?.cacheWrite1hTokens ?? 0),
      ephemeral_1h_input_tokens: usage?.cacheWrite1hTokens ?? 0,
    },
    output_tokens: usage?.outputTokens ?? 0,
    output_tokens_details:
      usage?.reasoningTokens === undefined ? undefined : { thinking_tokens: usage.reasoningTokens },
  };
}
