import type { EmbeddingVector } from '../contract/embeddings.js';
import type { JsonValue } from '../contract/json.js';
import type { AnswerOrigin } from './cache-entry.js';

/** What is kept of one input of an embeddings request. */
export interface KeptVector {
  readonly origin: AnswerOrigin;
  /** The model that the vendor names; empty where it does not. */
  readonly served: string;
  readonly vector: EmbeddingVector;
  /** Its share of what the call cost; `null` where no price is known. */
  readonly costNano: number | null;
}

/** With the time at which it came, in Unix milliseconds. */
export interface FoundVector extends KeptVector {
  readonly createdAt: number;
}

/** Whose space a vector lies in. Those of different models cannot be compared. */
export function spaceOf({ origin, served }: Pick<KeptVector, 'origin' | 'served'>): string {
  return JSON.stringify([origin.provider, origin.model, served]);
}

/** Those that lie in one space: the one of the most. */
export function inOneSpace(found: ReadonlyMap<string, FoundVector>): ReadonlyMap<string, FoundVector> {
  const bySpace = Map.groupBy(found, ([, vector]) => spaceOf(vector));
  const [most = []] = [...bySpace.values()].sort((one, other) => other.length - one.length);
  return new Map(most);
}

/** What a call cost, in shares of the inputs' lengths, rounded; `null` where no price is known. */
export function shareCost(costNano: number | null, inputs: readonly JsonValue[]): readonly (number | null)[] {
  const lengths = inputs.map((input) => JSON.stringify(input).length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return lengths.map((length) => (costNano === null ? null : Math.round((costNano * length) / total)));
}

/** `null` where the price of one is not known. */
export function sumCosts(vectors: Iterable<KeptVector>): number | null {
  let sum = 0;
  for (const { costNano } of vectors) {
    if (costNano === null) return null;
    sum += costNano;
  }
  return sum;
}
