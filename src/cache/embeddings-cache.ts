import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { EmbeddingsRequest, EmbeddingsResult, EmbeddingVector } from '../contract/embeddings.js';
import type { JsonValue } from '../contract/json.js';
import { AnswerStore } from './answer-store.js';
import type { CacheDirectives } from './cache-directives.js';
import type { AnswerOrigin } from './cache-entry.js';
import {
  inOneSpace,
  shareCost,
  spaceOf,
  sumCosts,
  type FoundVector,
  type KeptVector,
} from './kept-vectors.js';
import { packPlain, unpackValue } from './pack-value.js';
import { splitInputs, withInputs } from './split-inputs.js';
import type { StoredValue } from './stored-value.js';
import { toEmbeddingKey, type KeyContext } from './to-cache-key.js';

/** What a vendor answered. */
export interface FreshEmbeddings {
  readonly origin: AnswerOrigin;
  readonly result: EmbeddingsResult;
  /** Of the result, one for each input; `undefined` where they cannot be told apart. */
  readonly vectors: readonly EmbeddingVector[] | undefined;
  /** Nano-dollars of this call; `null` where no price is known. */
  readonly costNano: number | null;
}

/** Called once or, where kept and new vectors do not belong together, twice; not at all where all are kept. */
export type AskForEmbeddings = (request: EmbeddingsRequest) => Promise<FreshEmbeddings>;

export interface EmbeddingsQuestion {
  readonly request: EmbeddingsRequest;
  readonly context: KeyContext;
  readonly directives: Extract<CacheDirectives, { use: true }>;
}

export interface ServedEmbeddings {
  /** `hit`: no call was made. */
  readonly outcome: 'hit' | 'miss';
  /** Of the oldest vector that was kept, in milliseconds. */
  readonly ageMs: number;
  readonly origin: AnswerOrigin;
  /** Its usage counts only what was asked for now. */
  readonly result: EmbeddingsResult;
  /** Nano-dollars that the kept vectors saved; `null`: none of them, or no price is known. */
  readonly savedNano: number | null;
}

/** Keys of inputs with the inputs, each once. */
type Inputs = ReadonlyMap<string, JsonValue>;

/** Serves the vectors of inputs that were asked for before, and asks for the others only. */
@Injectable()
export class EmbeddingsCache {
  constructor(
    private readonly store: AnswerStore,
    private readonly clock: Clock,
  ) {}

  async answer(question: EmbeddingsQuestion, ask: AskForEmbeddings): Promise<ServedEmbeddings> {
    const { request, context, directives } = question;
    const inputs = splitInputs(request);
    const keys = inputs.map((input) => toEmbeddingKey(request, input, context));
    if (directives.reads) {
      const kept = await this.find([...new Set(keys)], directives.maxAgeMs);
      const served = kept.size === 0 ? undefined : await this.complete(question, keys, kept, ask);
      if (served !== undefined) return served;
    }
    const fresh = await ask(request);
    this.keep(keys, inputs, fresh, directives.ttlMs);
    return { outcome: 'miss', ageMs: 0, origin: fresh.origin, result: fresh.result, savedNano: null };
  }

  /** `undefined`: what was asked for besides lies in another space than what is kept, so all of it has to be new. */
  private async complete(
    { request, directives }: EmbeddingsQuestion,
    keys: readonly string[],
    kept: ReadonlyMap<string, FoundVector>,
    ask: AskForEmbeddings,
  ): Promise<ServedEmbeddings | undefined> {
    const [first] = kept.values();
    if (first === undefined) return undefined;
    const missing = pick(keys, splitInputs(request), (key) => !kept.has(key));
    const vectors = new Map([...kept].map(([key, { vector }]) => [key, vector]));
    let fresh: FreshEmbeddings | undefined;
    if (missing.size > 0) {
      fresh = await ask(withInputs(request, [...missing.values()]));
      this.keep([...missing.keys()], [...missing.values()], fresh, directives.ttlMs);
      const { origin, result } = fresh;
      if (spaceOf({ origin, served: result.model }) !== spaceOf(first)) return undefined;
      for (const [index, key] of [...missing.keys()].entries()) {
        const vector = fresh.vectors?.[index];
        if (vector !== undefined) vectors.set(key, vector);
      }
    }
    const merged = keys.map((key) => vectors.get(key)).filter((vector) => vector !== undefined);
    if (merged.length < keys.length) return undefined;
    const usage = fresh === undefined ? { inputTokens: 0 } : fresh.result.usage;
    const oldest = Math.min(...[...kept.values()].map(({ createdAt }) => createdAt));
    return {
      outcome: fresh === undefined ? 'hit' : 'miss',
      ageMs: Math.max(0, this.clock.now() - oldest),
      origin: fresh?.origin ?? first.origin,
      result: { model: first.served, count: merged.length, vectors: merged, usage },
      savedNano: sumCosts(kept.values()),
    };
  }

  private async find(keys: readonly string[], maxAgeMs: number): Promise<ReadonlyMap<string, FoundVector>> {
    const stored = await this.store.getAll(keys);
    const now = this.clock.now();
    const found = new Map<string, FoundVector>();
    for (const [index, key] of keys.entries()) {
      const value = stored[index];
      if (value === undefined || now - value.createdAt > maxAgeMs) continue;
      const vector = (await unpackValue(value.packed)) as KeptVector | undefined;
      if (vector !== undefined) found.set(key, { ...vector, createdAt: value.createdAt });
    }
    return inOneSpace(found);
  }

  private keep(
    keys: readonly string[],
    inputs: readonly JsonValue[],
    { origin, result, vectors, costNano }: FreshEmbeddings,
    ttlMs: number,
  ): void {
    if (vectors?.length !== keys.length) return;
    const createdAt = this.clock.now();
    const costs = shareCost(costNano, inputs);
    const values = new Map<string, StoredValue>();
    for (const [index, key] of keys.entries()) {
      const vector = vectors[index];
      if (vector === undefined) continue;
      const kept: KeptVector = { origin, served: result.model, vector, costNano: costs[index] ?? null };
      values.set(key, { createdAt, expiresAt: createdAt + ttlMs, packed: packPlain(kept) });
    }
    this.store.set(values);
  }
}

function pick(
  keys: readonly string[],
  inputs: readonly JsonValue[],
  isWanted: (key: string) => boolean,
): Inputs {
  const picked = new Map<string, JsonValue>();
  for (const [index, key] of keys.entries()) {
    const input = inputs[index];
    if (input !== undefined && isWanted(key)) picked.set(key, input);
  }
  return picked;
}
