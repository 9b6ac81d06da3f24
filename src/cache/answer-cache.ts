import { Injectable, Logger } from '@nestjs/common';
import type { CancelSignal } from '../common/cancel-signal.js';
import { Clock } from '../common/clock.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { AnswerStore } from './answer-store.js';
import type { CacheDirectives } from './cache-directives.js';
import type { CacheEntry } from './cache-entry.js';
import { Flight, type Landing } from './flight.js';
import { isWholeAnswer } from './is-whole-answer.js';
import { packValue, unpackValue } from './pack-value.js';
import type { AskVendor, CallEnd, ServedAnswer } from './served-answer.js';
import { toBody } from './to-body.js';
import { toShape, type WantedShape } from './to-shape.js';

/** A chat request that the cache is asked for. */
export interface CacheQuestion {
  /** Of `toCacheKey`. */
  readonly key: string;
  readonly directives: Extract<CacheDirectives, { use: true }>;
  readonly wanted: WantedShape;
  /** The format that the request came in. */
  readonly format: WireFormatName;
  /** Aborts when the caller leaves. */
  readonly signal: CancelSignal;
  /**
   * Told how the call ended that this request made for itself and for others; never called for one that made none. The
   * call may outlast its own caller.
   */
  readonly whenCallEnded?: ((end: CallEnd) => void) | undefined;
}

/** Serves chat answers that were given before or are on their way to somebody else. */
@Injectable()
export class AnswerCache {
  private readonly logger = new Logger('Cache');
  private readonly flights = new Map<string, Flight>();

  constructor(
    private readonly store: AnswerStore,
    private readonly clock: Clock,
  ) {}

  /**
   * The answer from the cache, from a call that is under way for an equal request, or from the vendor.
   * @throws GatewayError what the vendor's call failed with, or `caller_left`
   */
  async answer(question: CacheQuestion, ask: AskVendor): Promise<ServedAnswer> {
    if (question.directives.reads) {
      const hit = await this.find(question);
      if (hit !== undefined) return hit;
      let tried: Flight | undefined;
      // Between the last look at the calls under way and a new one nothing may be waited for, or two would make it.
      for (;;) {
        const flight = this.flights.get(question.key);
        if (flight === undefined || flight.isAbandoned || flight === tried) break;
        const joined = await follow(flight, question);
        if (joined !== undefined) return joined;
        tried = flight;
      }
    }
    return this.lead(question, ask);
  }

  /** Drops everything. True: at every replica; false: at the others as soon as Redis can be reached. */
  clear(): Promise<boolean> {
    return this.store.clear();
  }

  private async find({ key, directives, wanted }: CacheQuestion): Promise<ServedAnswer | undefined> {
    const stored = await this.store.get(key);
    if (stored === undefined) return undefined;
    const ageMs = Math.max(0, this.clock.now() - stored.createdAt);
    if (ageMs > directives.maxAgeMs) return undefined;
    const entry = (await unpackValue(stored.packed)) as CacheEntry | undefined;
    const answer = entry === undefined ? undefined : toShape(entry.answer, wanted);
    if (entry === undefined || answer === undefined) return undefined;
    const { origin, costNano } = entry;
    return { outcome: 'hit', ageMs, origin, body: toBody(answer), savedNano: () => costNano };
  }

  private async lead(question: CacheQuestion, ask: AskVendor): Promise<ServedAnswer> {
    const { key, wanted, signal, format } = question;
    const flight = new Flight(ask, format);
    // Whoever asks from now on joins this one, also where an older one is under way that was not good enough.
    this.flights.set(key, flight);
    void this.land(question, flight);
    const share = await flight.join(wanted, signal);
    if (share === undefined) throw new Error('an answer came in another shape than the one asked for');
    return { outcome: 'miss', ageMs: 0, ...share, savedNano: () => null };
  }

  private async land({ key, directives, whenCallEnded }: CacheQuestion, flight: Flight): Promise<void> {
    try {
      const landing = await flight.landed;
      whenCallEnded?.(landing);
      if (landing.error === undefined) await this.keep(key, landing, directives.ttlMs);
    } catch (error) {
      this.logger.error('An answer could not be kept', error instanceof Error ? error.stack : String(error));
    } finally {
      // Only now: whoever asked meanwhile has joined instead of asking anew.
      if (this.flights.get(key) === flight) this.flights.delete(key);
    }
  }

  private async keep(key: string, { origin, answer, costNano }: Landing, ttlMs: number): Promise<void> {
    if (origin === undefined || answer === undefined || !isWholeAnswer(answer)) return;
    const createdAt = this.clock.now();
    const entry: CacheEntry = { origin, costNano, answer };
    const packed = await packValue(entry);
    this.store.set(new Map([[key, { createdAt, expiresAt: createdAt + ttlMs, packed }]]));
  }
}

async function follow(flight: Flight, { wanted, signal }: CacheQuestion): Promise<ServedAnswer | undefined> {
  const share = await flight.join(wanted, signal);
  if (share === undefined) return undefined;
  return { outcome: 'hit', ageMs: 0, ...share, savedNano: () => flight.costNano };
}
