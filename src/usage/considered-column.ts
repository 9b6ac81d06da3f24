import type { ConsideredTarget } from '../contract/request-record.js';
import { cutText, toSafeJson } from './safe-json.js';

const MOST_TARGETS = 16;
const NAME_BYTES = 100;
const REASON_BYTES = 200;

/** JSON list of lists: provider, model, reason, until. `null` where nobody was passed over. */
export function encodeConsidered(considered: readonly ConsideredTarget[] | undefined): string | null {
  if (considered === undefined || considered.length === 0) return null;
  return toSafeJson(
    considered
      .slice(0, MOST_TARGETS)
      .map(({ provider, model, reason, until }) => [
        cutText(provider, NAME_BYTES),
        cutText(model, NAME_BYTES),
        cutText(reason, REASON_BYTES),
        until === null ? null : Math.round(until),
      ]),
  );
}

export function decodeConsidered(text: string | null): readonly ConsideredTarget[] {
  if (text === null) return [];
  const lists = JSON.parse(text) as readonly (readonly [string, string, string, number | null])[];
  return lists.map(([provider, model, reason, until]) => ({ provider, model, reason, until }));
}

/** How a provider stands in the column, and nothing else does. */
export function asConsidered(provider: string): string {
  return `[${JSON.stringify(provider)},`;
}
