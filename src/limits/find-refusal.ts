import type { KeyLimits, Spend } from './limited-key.js';

/** What counts against the limits of a key. */
export interface Standing {
  readonly requests: number;
  readonly tokens: number;
  readonly running: number;
  readonly spentNano: number;
  /** By requests that run. */
  readonly reservedNano: number;
}

/** In how many milliseconds so much of a window is free again. */
export interface FreesUp {
  requests(amount: number): number;
  tokens(amount: number): number;
}

export interface Refusal {
  readonly limit: 'requests' | 'tokens' | 'parallel' | 'budget';
  /** `null`: waiting does not help, before the next period at least. */
  readonly waitMs: number | null;
}

/** A refusal with what it goes by. */
export interface Denial {
  readonly refusal: Refusal;
  readonly standing: Standing;
}

/** When a running request ends cannot be known. */
const WAIT_FOR_RUNNING_MS = 1_000;

/**
 * Whether a limit stands in the way: first the budget where it is spent, as waiting is in vain then, else the limit that
 * is longest in the way. The script of Redis decides likewise.
 */
export function findRefusal(
  limits: KeyLimits,
  standing: Standing,
  demand: Spend,
  freesUp: FreesUp,
): Refusal | undefined {
  const { requestsPerMinute, tokensPerMinute, maxParallel, budgetNano } = limits;
  const { requests, tokens, running, spentNano, reservedNano } = standing;
  let found: { limit: Refusal['limit']; waitMs: number } | undefined;
  const refuse = (limit: Refusal['limit'], waitMs: number): void => {
    if (found === undefined || waitMs > found.waitMs) found = { limit, waitMs };
  };
  if (budgetNano !== undefined) {
    const wanted = spentNano + demand.costNano;
    if (spentNano >= budgetNano || wanted > budgetNano) return { limit: 'budget', waitMs: null };
    if (wanted + reservedNano > budgetNano) refuse('budget', WAIT_FOR_RUNNING_MS);
  }
  if (requestsPerMinute !== undefined && requests + 1 > requestsPerMinute) {
    refuse('requests', freesUp.requests(requests + 1 - requestsPerMinute));
  }
  if (tokensPerMinute !== undefined && tokens + demand.tokens > tokensPerMinute) {
    refuse('tokens', freesUp.tokens(tokens + demand.tokens - tokensPerMinute));
  }
  if (maxParallel !== undefined && running >= maxParallel) refuse('parallel', WAIT_FOR_RUNNING_MS);
  return found;
}
