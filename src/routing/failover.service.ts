import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { GatewayError } from '../contract/gateway-error.js';
import { CallFailure } from '../providers/call-failure.js';
import { AttemptOutcomes } from './attempt-outcomes.js';
import type { AttemptRecord } from './attempt-record.js';
import { backoffMs } from './backoff.js';
import type { Candidate } from './candidate.js';
import { describeFailure } from './describe-failure.js';
import type { Plan } from './plan.js';
import { RestBook } from './rest-book.js';
import { describeRest, toRouteError, type JudgedFailure } from './route-failure.js';

/** What the caller's room knows of a request and routing needs; `attempts` is filled as calls are made. */
export interface RoutingContext {
  readonly requestId: string;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** `Clock.monotonic` at which the request came in. */
  readonly startedAt: number;
  readonly attempts: AttemptRecord[];
}

/**
 * Asks one candidate.
 * @throws CallFailure when the call failed; GatewayError `unsupported_parameter`, before any call, when the candidate
 * cannot do what the request asks for
 */
export type Operation<Answer> = (candidate: Candidate, record: AttemptRecord) => Promise<Answer>;

/** An answer with the candidate that gave it. */
export interface Served<Answer> {
  readonly candidate: Candidate;
  readonly answer: Answer;
}

/** A 429 is waited out up to this when nobody else is left to ask. */
const LAST_RESORT_MS = 10_000;

/** What one request has learnt so far. */
interface Progress<Answer> {
  readonly operation: Operation<Answer>;
  readonly plan: Plan;
  readonly context: RoutingContext;
  /** The latest word on each provider, for the error. */
  readonly notes: Map<string, string>;
  readonly failures: JudgedFailure[];
  /** How often each candidate was asked, by its `key-model` id. */
  readonly asked: Map<string, number>;
}

/** Asks the candidates of a plan in order until one answers, as the failure table of the contract says. */
@Injectable()
export class FailoverService {
  constructor(
    private readonly outcomes: AttemptOutcomes,
    private readonly book: RestBook,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
  ) {}

  /** @throws GatewayError when nobody could serve, or `caller_left` */
  async run<Answer>(
    operation: Operation<Answer>,
    plan: Plan,
    context: RoutingContext,
  ): Promise<Served<Answer>> {
    const progress: Progress<Answer> = {
      operation,
      plan,
      context,
      notes: new Map(plan.unusable.map(({ provider, reason }) => [provider, reason])),
      failures: [],
      asked: new Map(),
    };
    let unsupported: GatewayError | undefined;
    await this.waitForReturn(plan, context);
    for (let candidate = this.next(progress); candidate !== undefined; candidate = this.next(progress)) {
      try {
        const served = await this.ask(candidate, progress);
        if (served !== undefined) return served;
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code !== 'unsupported_parameter') throw error;
        unsupported = error;
        progress.notes.set(candidate.provider, error.message);
        progress.asked.set(candidate.ids['key-model'], Infinity);
      }
      if (progress.failures.at(-1)?.verdict.next === false) break;
    }
    const last = progress.failures.at(-1);
    if (last === undefined && unsupported !== undefined) throw unsupported;
    const redact = (text: string): string => this.redactor.redact(text);
    throw toRouteError(plan, progress.notes, last, this.book, this.clock.now(), redact);
  }

  /** When everything rests, waits up to `max_wait` for the first to come back. */
  private async waitForReturn(plan: Plan, context: RoutingContext): Promise<void> {
    const deadline = this.clock.now() + plan.routing.maxWaitMs;
    for (let now = this.clock.now(); now < deadline; now = this.clock.now()) {
      const returns = plan.candidates.map((candidate) => this.book.blocking(candidate, now)?.until ?? now);
      const first = Math.min(...returns);
      if (first <= now || first > deadline) return;
      await this.sleep(first - now, context);
    }
  }

  /** The next candidate that has not been asked, is not passed over and does not rest. */
  private next(progress: Progress<unknown>): Candidate | undefined {
    const { plan, context, notes, asked, failures } = progress;
    if (context.attempts.length >= plan.routing.maxAttempts) return undefined;
    const now = this.clock.now();
    for (const candidate of plan.candidates) {
      if (asked.has(candidate.ids['key-model'])) continue;
      if (failures.some((failure) => failure.candidate.shares(failure.verdict.passOver, candidate))) continue;
      const rest = this.book.blocking(candidate, now);
      if (rest === undefined) return candidate;
      if (!failures.some((failure) => failure.candidate.provider === candidate.provider)) {
        notes.set(candidate.provider, describeRest(rest, now));
      }
    }
    return this.lastResort(progress, now);
  }

  /** With nobody else left, the key whose rate limit ends first, if that is soon. */
  private lastResort({ failures, asked }: Progress<unknown>, now: number): Candidate | undefined {
    let soonest: { candidate: Candidate; until: number } | undefined;
    for (const { candidate, verdict } of failures) {
      const times = asked.get(candidate.ids['key-model']) ?? 0;
      if (verdict.again !== 'when-told' || times > candidate.endpoint.settings.maxRetries) continue;
      const until = this.book.blocking(candidate, now)?.until ?? now;
      if (until - now > LAST_RESORT_MS) continue;
      if (soonest === undefined || until < soonest.until) soonest = { candidate, until };
    }
    return soonest?.candidate;
  }

  /** Asks one candidate, again where the table allows it. `undefined`: it failed, see `progress.failures`. */
  private async ask<Answer>(
    candidate: Candidate,
    progress: Progress<Answer>,
  ): Promise<Served<Answer> | undefined> {
    const { context, asked, plan } = progress;
    const id = candidate.ids['key-model'];
    const now = this.clock.now();
    const wait = (this.book.blocking(candidate, now)?.until ?? now) - now;
    if (wait > 0) await this.sleep(wait, context);
    for (;;) {
      const isTrial = this.book.beginTrial(candidate, this.clock.now());
      const times = (asked.get(id) ?? 0) + 1;
      asked.set(id, times);
      const outcome = await this.attempt(candidate, progress, isTrial);
      if ('answer' in outcome) return outcome;
      progress.failures.push(outcome);
      progress.notes.set(candidate.provider, describeFailure(outcome.facts));
      const pauseMs = this.pauseBeforeRepeat(outcome, times, isTrial, progress);
      if (pauseMs === undefined || outcome.verdict.rest?.told === true) {
        this.outcomes.failed(outcome, plan, context.requestId);
      }
      if (pauseMs === undefined) return undefined;
      await this.sleep(pauseMs, context, candidate);
    }
  }

  private async attempt<Answer>(
    candidate: Candidate,
    { operation, plan, context }: Progress<Answer>,
    isTrial: boolean,
  ): Promise<Served<Answer> | JudgedFailure> {
    const begun = this.clock.monotonic();
    const record: AttemptRecord = {
      provider: candidate.provider,
      model: candidate.model,
      keyHint: candidate.key.hint,
      startedMs: begun - context.startedAt,
    };
    context.attempts.push(record);
    try {
      const answer = await operation(candidate, record);
      record.ms = this.clock.monotonic() - begun;
      record.status = 200;
      this.outcomes.succeeded(candidate, record.ms, isTrial);
      return { candidate, answer };
    } catch (error) {
      record.ms = this.clock.monotonic() - begun;
      if (!(error instanceof CallFailure)) {
        // The request was never sent: what it asks for cannot be written in this target's format.
        context.attempts.pop();
        this.book.endTrial(candidate, 'unknown');
        throw error;
      }
      const { facts } = error;
      record.status = facts.type === 'vendor-error' && !facts.inStream ? facts.error.status : undefined;
      record.error = describeFailure(facts);
      if (facts.type === 'caller-left') {
        this.book.endTrial(candidate, 'unknown');
        throw callerLeft();
      }
      return this.outcomes.judge(candidate, facts, plan, false);
    }
  }

  /** How long to wait before the same candidate is asked again; `undefined`: it is not. */
  private pauseBeforeRepeat(
    { candidate, facts, verdict }: JudgedFailure,
    times: number,
    isTrial: boolean,
    progress: Progress<unknown>,
  ): number | undefined {
    const { plan, context } = progress;
    if (context.attempts.length >= plan.routing.maxAttempts) return undefined;
    const { maxRetries } = candidate.endpoint.settings;
    const isRateLimit = facts.type === 'vendor-error' && facts.error.kind === 'rate_limit';
    switch (verdict.again) {
      case 'no':
        return undefined;
      case 'backoff':
        // A failed trial rests its target again at once.
        if (isTrial || times > maxRetries) return undefined;
        if (isRateLimit && this.hasOtherKey(candidate, progress)) return undefined;
        return backoffMs(times - 1);
      case 'when-told': {
        // `rate_limit_wait` asks for this wait by name, so it holds once even where retries are off.
        const toldMs = verdict.rest?.forMs ?? 0;
        const isWorthIt = toldMs <= plan.routing.rateLimitWaitMs && times <= Math.max(maxRetries, 1);
        return isWorthIt && !this.hasOtherKey(candidate, progress) ? toldMs : undefined;
      }
    }
  }

  private hasOtherKey(candidate: Candidate, { plan, asked }: Progress<unknown>): boolean {
    const now = this.clock.now();
    return plan.candidates.some(
      (other) =>
        other.shares('target', candidate) &&
        !asked.has(other.ids['key-model']) &&
        this.book.blocking(other, now) === undefined,
    );
  }

  /** Waits, unless the caller leaves: then whoever was waited for is nobody's trial any more. */
  private async sleep(milliseconds: number, context: RoutingContext, candidate?: Candidate): Promise<void> {
    try {
      await this.clock.sleep(milliseconds, context.signal);
    } catch {
      if (candidate !== undefined) this.book.endTrial(candidate, 'unknown');
      throw callerLeft();
    }
  }
}

export function callerLeft(): GatewayError {
  return new GatewayError('caller_left', 'The caller closed the connection');
}
