import type { RestScope } from './candidate.js';
import type { RestEntry } from './rest-book.js';

/**
 * What a replica tells the others. `id`: as in `Candidate.ids`, or the provider of `disable` and `enable`. `at`: Unix
 * milliseconds; of two changes to the same thing the later holds.
 */
export type SharedChange =
  | {
      readonly kind: 'rest';
      readonly id: string;
      readonly at: number;
      readonly entry: RestEntry;
      readonly failedTrials: number;
    }
  /** `until`: when what it ends would have been over. */
  | { readonly kind: 'release'; readonly id: string; readonly at: number; readonly until: number }
  | { readonly kind: 'disable' | 'enable'; readonly id: string; readonly at: number };

/** A change is remembered this long after it has lost its meaning, for messages that overtake each other. */
const AFTERLIFE_MS = 60_000;
const SCOPES: readonly RestScope[] = ['provider', 'target', 'key', 'key-model'];

/** What the change is about: of changes with the same key one holds. */
export function keyOf({ kind, id }: SharedChange): string {
  switch (kind) {
    case 'rest':
    case 'release':
      return `rest:${id}`;
    case 'disable':
    case 'enable':
      return `provider:${id}`;
  }
}

/** Nobody needs to know it any more. What a person switched is never forgotten. */
export function isForgotten(change: SharedChange, now: number): boolean {
  switch (change.kind) {
    case 'rest':
      return change.entry.until + AFTERLIFE_MS <= now;
    case 'release':
      return Math.max(change.until, change.at) + AFTERLIFE_MS <= now;
    case 'disable':
    case 'enable':
      return false;
  }
}

/** Whether the change takes the place of what is known of the same thing; the same on every replica, whatever the order. */
export function supersedes(change: SharedChange, known: SharedChange): boolean {
  // A rest is never shortened by another.
  if (change.kind === 'rest' && known.kind === 'rest') return change.entry.until > known.entry.until;
  if (change.at !== known.at) return change.at > known.at;
  return isHolding(change) && !isHolding(known);
}

function isHolding({ kind }: SharedChange): boolean {
  return kind === 'rest' || kind === 'disable';
}

/** Reads what another process wrote; `undefined`: it is no change, or one of a version that is not known here. */
export function readChange(value: unknown): SharedChange | undefined {
  if (!isObject(value)) return undefined;
  const { kind, id, at, until, entry, failedTrials } = value;
  if (typeof id !== 'string' || !isNumber(at)) return undefined;
  switch (kind) {
    case 'rest': {
      const read = readEntry(entry);
      if (read === undefined || !isNumber(failedTrials)) return undefined;
      return { kind, id, at, entry: read, failedTrials };
    }
    case 'release':
      return isNumber(until) ? { kind, id, at, until } : undefined;
    case 'disable':
    case 'enable':
      return { kind, id, at };
    default:
      return undefined;
  }
}

function readEntry(value: unknown): RestEntry | undefined {
  if (!isObject(value)) return undefined;
  const { reason, isRateLimit, since, until, earliestTry } = value;
  const scope = SCOPES.find((known) => known === value['scope']);
  if (scope === undefined || typeof reason !== 'string' || typeof isRateLimit !== 'boolean') return undefined;
  if (!isNumber(since) || !isNumber(until)) return undefined;
  const early = isNumber(earliestTry) ? { earliestTry } : {};
  return { scope, reason, isRateLimit, since, until, ...early };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
