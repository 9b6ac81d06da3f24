import type { GatewayError } from '../contract/gateway-error.js';
import { describeFailure } from './describe-failure.js';
import { REST_SCOPES, type Candidate } from './candidate.js';
import type { RoutingContext } from './operation.js';
import type { Plan } from './plan.js';
import type { RecoveryRamp } from './recovery-ramp.js';
import type { RestBook } from './rest-book.js';
import { describeRest, type JudgedFailure } from './route-failure.js';

/** A 429 is waited out up to this when nobody else is left to ask. */
const LAST_RESORT_MS = 10_000;

/** What one request has learnt so far of the candidates of its plan; shared by the attempts that run side by side. */
export class RequestProgress {
  readonly failures: JudgedFailure[] = [];
  /** What the last candidate could not do of what the request asks for. */
  unsupported: GatewayError | undefined;
  /** The latest word on each provider, for the error. */
  readonly notes: Map<string, string>;
  /** How often each candidate was asked, by its `key-model` id. */
  private readonly asked = new Map<string, number>();
  /** Whether what is recovering may have this request, by name; asked once for each. */
  private readonly admitted = new Map<string, boolean>();

  constructor(
    readonly plan: Plan,
    readonly context: RoutingContext,
    private readonly book: RestBook,
    private readonly ramp: RecoveryRamp,
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

  /** The next candidate that has not been asked, is not passed over and does not rest. */
  next(now: number): Candidate | undefined {
    if (this.isExhausted) return undefined;
    let recovering: Candidate | undefined;
    for (const candidate of this.plan.candidates) {
      if (this.timesAsked(candidate) > 0 || this.isPassedOver(candidate)) continue;
      const rest = this.book.blocking(candidate, now);
      if (rest !== undefined) this.noteRest(candidate, describeRest(rest, now));
      else if (this.isAdmitted(candidate, now)) return candidate;
      else recovering ??= candidate;
    }
    // Somebody who is still recovering is better than nobody.
    return recovering ?? this.lastResort(now);
  }

  /** @returns how often it was asked, this time included */
  countAsked(candidate: Candidate): number {
    const times = this.timesAsked(candidate) + 1;
    this.asked.set(candidate.ids['key-model'], times);
    return times;
  }

  fail(failure: JudgedFailure): void {
    this.failures.push(failure);
    this.notes.set(failure.candidate.provider, describeFailure(failure.facts));
  }

  /** The candidate cannot do what the request asks for. */
  rule(candidate: Candidate, error: GatewayError): void {
    this.asked.set(candidate.ids['key-model'], Infinity);
    this.notes.set(candidate.provider, error.message);
    this.unsupported = error;
  }

  /** Whether somebody is left whom a second attempt could ask at once. */
  canHedge(now: number): boolean {
    return (
      !this.isExhausted &&
      this.plan.candidates.some(
        (candidate) =>
          this.timesAsked(candidate) === 0 &&
          !this.isPassedOver(candidate) &&
          this.book.blocking(candidate, now) === undefined,
      )
    );
  }

  /** Whether another key of the same target could take over at once. */
  hasOtherKey(candidate: Candidate, now: number): boolean {
    return this.plan.candidates.some(
      (other) =>
        other.shares('target', candidate) &&
        this.timesAsked(other) === 0 &&
        this.book.blocking(other, now) === undefined,
    );
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

  private noteRest(candidate: Candidate, words: string): void {
    const hasFailed = this.failures.some((failure) => failure.candidate.provider === candidate.provider);
    if (!hasFailed) this.notes.set(candidate.provider, words);
  }

  /** With nobody else left, the key whose rate limit ends first, if that is soon. */
  private lastResort(now: number): Candidate | undefined {
    let soonest: { candidate: Candidate; until: number } | undefined;
    for (const { candidate, verdict } of this.failures) {
      const { maxRetries } = candidate.endpoint.settings;
      if (verdict.again !== 'when-told' || this.timesAsked(candidate) > maxRetries) continue;
      const until = this.book.blocking(candidate, now)?.until ?? now;
      if (until - now > LAST_RESORT_MS) continue;
      if (soonest === undefined || until < soonest.until) soonest = { candidate, until };
    }
    return soonest?.candidate;
  }
}
