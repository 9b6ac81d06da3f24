import type { GatewayError } from '../contract/gateway-error.js';
import { describeFailure } from './describe-failure.js';
import { REST_SCOPES, type Candidate } from './candidate.js';
import type { RoutingContext } from './operation.js';
import type { Plan } from './plan.js';
import type { RecoveryRamp } from './recovery-ramp.js';
import type { RestBook, RestEntry } from './rest-book.js';
import { describeRest, type JudgedFailure } from './route-failure.js';

/** A 429 is waited out up to this when nobody else is left to ask. */
const LAST_RESORT_MS = 10_000;

/** Who is asked next, and how. */
export interface Turn {
  readonly candidate: Candidate;
  /** To be waited first, in milliseconds: a rate limit that is nearly over. */
  readonly waitMs: number;
}

/** What one request has learnt so far of the candidates of its plan; shared by the attempts that run side by side. */
export class RequestProgress {
  readonly failures: JudgedFailure[] = [];
  /** What the last candidate could not do of what the request asks for. */
  private ruledOut: GatewayError | undefined;
  private readonly ruled = new Set<string>();
  /** The latest word on each provider, for the error. */
  readonly notes: Map<string, string>;
  /** How often each candidate was asked, by its `key-model` id. */
  private readonly asked = new Map<string, number>();
  private readonly askedTargets = new Set<string>();
  /** Whether what is recovering may have this request, by name; asked once for each. */
  private readonly admitted = new Map<string, boolean>();

  constructor(
    readonly plan: Plan,
    readonly context: RoutingContext,
    private readonly book: RestBook,
    private readonly ramp: RecoveryRamp,
    /** Not worth a call to anybody who rests. */
    private readonly isIncidental = false,
  ) {
    this.notes = new Map(plan.unusable.map(({ provider, reason }) => [provider, reason]));
  }

  /** Nobody may be asked any more. What is under way may still answer. */
  get isExhausted(): boolean {
    return this.context.attempts.length >= this.plan.routing.maxAttempts || this.isSettled;
  }

  /** A failure has shown that no other answer is to be had or wanted. */
  get isSettled(): boolean {
    return this.failures.some(({ verdict }) => !verdict.next);
  }

  /**
   * The next candidate that has not been asked, is not passed over and does not rest. With none left, one that rests but
   * may be tried early. `now`: `Clock.steady`.
   */
  next(now: number): Turn | undefined {
    if (this.isExhausted) return undefined;
    let recovering: Candidate | undefined;
    for (const candidate of this.plan.candidates) {
      if (!this.isOpen(candidate)) continue;
      const rest = this.book.blocking(candidate);
      if (rest !== undefined) this.noteRest(candidate, rest, now);
      else if (!this.hasRoomFor(candidate)) continue;
      else if (this.isAdmitted(candidate, now)) return { candidate, waitMs: 0 };
      else recovering ??= candidate;
    }
    // Somebody who is still recovering is better than nobody.
    if (recovering !== undefined) return { candidate: recovering, waitMs: 0 };
    if (this.isIncidental) return undefined;
    const early = this.earlyTry(now);
    return early === undefined ? this.lastResort(now) : { candidate: early, waitMs: 0 };
  }

  /** Whether a target may be asked once more without taking the call of one that has had none. */
  hasRoomToRepeat(): boolean {
    const waiting = new Set<string>();
    for (const candidate of this.plan.candidates) {
      const { target } = candidate.ids;
      if (this.askedTargets.has(target) || waiting.has(target)) continue;
      if (this.isOpen(candidate) && this.book.blocking(candidate) === undefined) waiting.add(target);
    }
    return this.context.attempts.length + waiting.size < this.plan.routing.maxAttempts;
  }

  /** @returns how often it was asked, this time included */
  countAsked(candidate: Candidate): number {
    const times = this.timesAsked(candidate) + 1;
    this.asked.set(candidate.ids['key-model'], times);
    this.askedTargets.add(candidate.ids.target);
    return times;
  }

  fail(failure: JudgedFailure): void {
    this.failures.push(failure);
    this.notes.set(failure.candidate.provider, describeFailure(failure.facts));
  }

  /** The candidate cannot do what the request asks for. */
  rule(candidate: Candidate, error: GatewayError): void {
    this.asked.set(candidate.ids['key-model'], Infinity);
    this.askedTargets.add(candidate.ids.target);
    this.notes.set(candidate.provider, error.message);
    this.noteConsidered(candidate, error.message, Infinity);
    this.ruled.add(candidate.ids.target);
    this.ruledOut = error;
  }

  /** Nobody was asked: the record says of those that could not be as well. */
  noteUnusable(): void {
    const { context, plan } = this;
    if (context.attempts.length > 0 || plan.unusable.length === 0) return;
    context.considered ??= new Map();
    for (const { provider, reason } of plan.unusable)
      context.considered.set(provider, { provider, model: '', reason, until: null });
  }

  /** What the request asks for and no target of the plan can do; absent while one may, though it rests. */
  get unsupported(): GatewayError | undefined {
    const isHopeless = this.plan.candidates.every(({ ids }) => this.ruled.has(ids.target));
    return isHopeless ? this.ruledOut : undefined;
  }

  /** Whether somebody is left whom a second attempt could ask at once. */
  canHedge(): boolean {
    return (
      !this.isExhausted &&
      this.plan.candidates.some(
        (candidate) => this.isOpen(candidate) && this.book.blocking(candidate) === undefined,
      )
    );
  }

  /** Whether another key of the same target could take over at once. */
  hasOtherKey(candidate: Candidate): boolean {
    return this.plan.candidates.some(
      (other) =>
        other.shares('target', candidate) &&
        this.timesAsked(other) === 0 &&
        this.book.blocking(other) === undefined,
    );
  }

  /** It has not been asked, and nothing that was learnt speaks against it. */
  private isOpen(candidate: Candidate): boolean {
    return this.timesAsked(candidate) === 0 && !this.isPassedOver(candidate);
  }

  private hasRoomFor({ ids }: Candidate): boolean {
    return !this.askedTargets.has(ids.target) || this.hasRoomToRepeat();
  }

  /** Of those that rest and may be tried all the same, the one whose rest ends first. */
  private earlyTry(now: number): Candidate | undefined {
    let soonest: { candidate: Candidate; until: number } | undefined;
    for (const candidate of this.plan.candidates) {
      if (!this.isOpen(candidate) || !this.hasRoomFor(candidate)) continue;
      if (this.book.nextTry(candidate) > now) continue;
      const until = this.book.blocking(candidate)?.until ?? now;
      if (soonest === undefined || until < soonest.until) soonest = { candidate, until };
    }
    return soonest?.candidate;
  }

  private timesAsked(candidate: Candidate): number {
    return this.asked.get(candidate.ids['key-model']) ?? 0;
  }

  private isPassedOver(candidate: Candidate): boolean {
    return this.failures.some((failure) => failure.candidate.shares(failure.verdict.passOver, candidate));
  }

  private isAdmitted(candidate: Candidate, now: number): boolean {
    if (this.ramp.isIdle) return true;
    return REST_SCOPES.every((scope) => {
      const id = candidate.ids[scope];
      const isAdmitted = this.admitted.get(id) ?? this.ramp.admits(id, now);
      this.admitted.set(id, isAdmitted);
      return isAdmitted;
    });
  }

  private noteRest(candidate: Candidate, rest: RestEntry, now: number): void {
    const words = describeRest(rest, now);
    this.noteConsidered(candidate, rest.reason, rest.until);
    const hasFailed = this.failures.some((failure) => failure.candidate.provider === candidate.provider);
    if (!hasFailed) this.notes.set(candidate.provider, words);
  }

  private noteConsidered({ ids, provider, model }: Candidate, reason: string, until: number): void {
    const { context } = this;
    context.considered ??= new Map();
    const known = context.considered.get(ids.target);
    // Of several keys the one that is back first.
    if (known?.until !== undefined && known.until !== null && known.until <= until) return;
    context.considered.set(ids.target, { provider, model, reason, until: until === Infinity ? null : until });
  }

  /** With nobody else left, the key whose rate limit ends first, if that is soon. */
  private lastResort(now: number): Turn | undefined {
    let soonest: { candidate: Candidate; until: number } | undefined;
    for (const { candidate, verdict } of this.failures) {
      const { maxRetries } = candidate.endpoint.callOf(candidate.model).settings;
      if (verdict.again !== 'when-told' || this.timesAsked(candidate) > maxRetries) continue;
      const until = this.book.blocking(candidate)?.until ?? now;
      if (until - now > LAST_RESORT_MS) continue;
      if (soonest === undefined || until < soonest.until) soonest = { candidate, until };
    }
    return soonest && { candidate: soonest.candidate, waitMs: soonest.until - now };
  }
}
