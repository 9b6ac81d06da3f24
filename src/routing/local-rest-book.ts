import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { REST_SCOPES, type Candidate } from './candidate.js';
import { RestBook, type RestEntry, type RestOrder, type TrialOutcome } from './rest-book.js';

/** A rest as this process keeps it. */
export interface Resting {
  readonly entry: RestEntry;
  /** How many trials after its end have failed, in a row. */
  readonly failedTrials: number;
  /** How many trials have failed in a row, those before its end included. */
  readonly failedEarly: number;
  readonly onTrialUntil: number;
}

/** A trial that never reports back is given up after this time. */
const LONGEST_TRIAL_MS = 10 * 60_000;
/** What others are told to wait while a trial is under way. */
const TRIAL_WAIT_MS = 1_000;
/** How soon after its failure what rests may be tried early; twice as long after each early trial that failed. */
const FIRST_EARLY_TRY_MS = 1_000;

/** The rests of this process. */
@Injectable()
export class LocalRestBook extends RestBook {
  private readonly resting = new Map<string, Resting>();
  private readonly disabled = new Map<string, RestEntry>();

  constructor(protected readonly clock: Clock) {
    super();
  }

  override blocking(candidate: Candidate): RestEntry | undefined {
    if (this.resting.size === 0 && this.disabled.size === 0) return undefined;
    let longest = this.disabled.get(candidate.ids.provider);
    if (longest !== undefined) return longest;
    const now = this.clock.steady();
    for (const scope of REST_SCOPES) {
      const found = this.resting.get(candidate.ids[scope]);
      if (found === undefined) continue;
      const entry = blockingEntry(found, now);
      if (entry !== undefined && (longest === undefined || entry.until > longest.until)) longest = entry;
    }
    return longest;
  }

  override nextTry(candidate: Candidate): number {
    if (this.disabled.has(candidate.ids.provider)) return Infinity;
    const now = this.clock.steady();
    let latest = 0;
    for (const scope of REST_SCOPES) {
      const found = this.resting.get(candidate.ids[scope]);
      if (found !== undefined) latest = Math.max(latest, tryOf(found, now));
    }
    return latest;
  }

  override beginTrial(candidate: Candidate): boolean {
    if (this.resting.size === 0) return false;
    const now = this.clock.steady();
    let isTrial = false;
    for (const scope of REST_SCOPES) {
      const id = candidate.ids[scope];
      const found = this.resting.get(id);
      // A call that was under way when the rest began is no trial of it.
      if (found === undefined || (found.entry.earliestTry ?? found.entry.until) > now) continue;
      isTrial = true;
      this.resting.set(id, { ...found, onTrialUntil: now + LONGEST_TRIAL_MS });
    }
    return isTrial;
  }

  override endTrial(candidate: Candidate, outcome: TrialOutcome): void {
    for (const scope of REST_SCOPES) {
      const id = candidate.ids[scope];
      const found = this.resting.get(id);
      if (found === undefined || found.onTrialUntil === 0) continue;
      if (outcome === 'alive') this.release(id);
      else this.resting.set(id, { ...found, onTrialUntil: 0 });
    }
  }

  override rest(candidate: Candidate, order: RestOrder): void {
    const now = this.clock.steady();
    const id = candidate.ids[order.scope];
    const found = this.resting.get(id);
    const isTrial = found !== undefined && found.onTrialUntil > 0;
    const isEarly = isTrial && found.entry.until > now;
    const isResting = found !== undefined && !isTrial && found.entry.until > now;
    const failedTrials = isTrial && !isEarly ? found.failedTrials + 1 : isEarly ? found.failedTrials : 0;
    const failedEarly = isTrial ? found.failedEarly + 1 : 0;
    // What else was on trial with this call has not failed in its own way.
    this.endTrial(candidate, 'alive');
    const stretched =
      order.maxMs === undefined
        ? order.forMs
        : Math.max(order.forMs, Math.min(order.forMs * 2 ** failedTrials, order.maxMs));
    // The failure of a call from before the rest may lengthen it, but says nothing about its end.
    if (isResting && found.entry.until >= now + stretched) return;
    const earliestTry = order.mayBeTriedEarly
      ? now + Math.min(FIRST_EARLY_TRY_MS * 2 ** failedEarly, stretched)
      : undefined;
    this.keep(id, {
      entry: {
        scope: order.scope,
        reason: order.reason,
        isRateLimit: order.isRateLimit,
        since: found?.entry.since ?? now,
        until: now + stretched,
        ...(earliestTry === undefined
          ? {}
          : { earliestTry: isResting ? (found.entry.earliestTry ?? earliestTry) : earliestTry }),
      },
      failedTrials: isResting ? found.failedTrials : failedTrials,
      failedEarly: isResting ? found.failedEarly : failedEarly,
      onTrialUntil: 0,
    });
  }

  override disable(provider: string): void {
    this.disabled.set(provider, {
      scope: 'provider',
      reason: 'disabled by hand',
      isRateLimit: false,
      since: this.clock.steady(),
      until: Infinity,
    });
  }

  override enable(provider: string): void {
    this.disabled.delete(provider);
  }

  override reset(provider: string): void {
    for (const id of this.resting.keys()) if (belongsTo(id, provider)) this.release(id);
  }

  override shorten(provider: string): void {
    const now = this.clock.steady();
    for (const [id, found] of this.resting) {
      const { entry } = found;
      const isOutage = !entry.isRateLimit && (entry.scope === 'provider' || entry.scope === 'target');
      if (!isOutage || entry.until <= now || !belongsTo(id, provider)) continue;
      this.resting.set(id, { ...found, entry: { ...entry, until: now } });
    }
  }

  override entries(): ReadonlyMap<string, RestEntry> {
    const entries = new Map<string, RestEntry>();
    const now = this.clock.steady();
    for (const [id, found] of this.resting) {
      const entry = blockingEntry(found, now);
      if (entry !== undefined) entries.set(id, this.toUnixTime(entry));
    }
    for (const [provider, entry] of this.disabled) entries.set(provider, this.toUnixTime(entry));
    return entries;
  }

  /** Every rest that this process decides on comes by here. */
  protected keep(id: string, resting: Resting): void {
    this.resting.set(id, resting);
  }

  /** Every rest that this process ends comes by here. True: there was one. */
  protected release(id: string): boolean {
    return this.resting.delete(id);
  }

  /** Takes over a rest that was decided on elsewhere. It shortens none, and a trial under way goes on. */
  protected adopt(id: string, entry: RestEntry, failedTrials: number): void {
    const found = this.resting.get(id);
    if (found !== undefined && found.entry.until >= entry.until) return;
    this.resting.set(id, {
      entry,
      failedTrials: Math.max(failedTrials, found?.failedTrials ?? 0),
      failedEarly: found?.failedEarly ?? 0,
      onTrialUntil: found?.onTrialUntil ?? 0,
    });
  }

  /** The clocks of people and of other processes are corrected now and then, that of rests is not. */
  protected toUnixTime(entry: RestEntry): RestEntry {
    return shift(entry, this.clock.correction());
  }

  protected fromUnixTime(entry: RestEntry): RestEntry {
    return shift(entry, -this.clock.correction());
  }
}

/** Names of models and keys begin with that of their provider, which holds neither `/` nor `#`. */
function belongsTo(id: string, provider: string): boolean {
  return id === provider || id.startsWith(`${provider}/`) || id.startsWith(`${provider}#`);
}

function blockingEntry(found: Resting, now: number): RestEntry | undefined {
  if (found.entry.until > now) return found.entry;
  if (found.onTrialUntil <= now) return undefined;
  return { ...found.entry, until: now + TRIAL_WAIT_MS };
}

function tryOf({ entry, onTrialUntil }: Resting, now: number): number {
  if (onTrialUntil > now) return now + TRIAL_WAIT_MS;
  return Math.min(entry.earliestTry ?? entry.until, entry.until);
}

function shift(entry: RestEntry, byMs: number): RestEntry {
  if (byMs === 0) return entry;
  const { since, until, earliestTry } = entry;
  return {
    ...entry,
    since: since + byMs,
    until: until + byMs,
    ...(earliestTry === undefined ? {} : { earliestTry: earliestTry + byMs }),
  };
}
