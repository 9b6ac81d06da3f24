import { Injectable } from '@nestjs/common';
import type { CancelSignal } from '../common/cancel-signal.js';
import { Clock } from '../common/clock.js';
import { newSpanId, outgoingHeaders } from '../common/trace-context.js';
import { GatewayError } from '../contract/gateway-error.js';
import { CallFailure, type CallFailureFacts } from '../providers/call-failure.js';
import { AttemptOutcomes } from './attempt-outcomes.js';
import type { AttemptRecord } from './attempt-record.js';
import { backoffMs } from './backoff.js';
import { Budgets } from './budgets.js';
import type { Candidate } from './candidate.js';
import type { Operation, RoutingContext, Served } from './operation.js';
import type { RequestProgress, Turn } from './request-progress.js';
import { RestBook } from './rest-book.js';
import type { JudgedFailure } from './route-failure.js';
import { TargetMeter } from './target-meter.js';

/** Asks one candidate, and the same one again where the failure table allows it. */
@Injectable()
export class AttemptRunner {
  constructor(
    private readonly outcomes: AttemptOutcomes,
    private readonly book: RestBook,
    private readonly meter: TargetMeter,
    private readonly budgets: Budgets,
    private readonly clock: Clock,
  ) {}

  /** `undefined`: it did not answer, `progress` has why; or the signal was aborted. */
  async ask<Answer>(
    { candidate, waitMs }: Turn,
    operation: Operation<Answer>,
    progress: RequestProgress,
    signal: CancelSignal,
  ): Promise<Served<Answer> | undefined> {
    const { plan, context } = progress;
    let times = progress.countAsked(candidate);
    if (waitMs > 0 && !(await this.pause(waitMs, signal))) return undefined;
    for (;;) {
      const isTrial = operation.isIncidental !== true && this.book.beginTrial(candidate);
      const outcome = await this.attempt(candidate, operation, progress, signal, isTrial);
      if (outcome === undefined || 'answer' in outcome) return outcome;
      progress.fail(outcome);
      if (operation.isIncidental === true) return undefined;
      const isFailingOften = this.outcomes.note(outcome, times === 1);
      const pauseMs = this.pauseBeforeRepeat(outcome, times, isTrial, progress);
      // What fails too often rests for everybody else even while this request still has retries.
      if (pauseMs === undefined || isFailingOften || outcome.verdict.rest?.told === true) {
        this.outcomes.failed(outcome, plan, context.requestId, isTrial || isFailingOften);
      }
      if (pauseMs === undefined || !(await this.pause(pauseMs, signal))) {
        if (isTrial) this.book.endTrial(candidate, 'unknown');
        return undefined;
      }
      times = progress.countAsked(candidate);
    }
  }

  private async attempt<Answer>(
    candidate: Candidate,
    operation: Operation<Answer>,
    progress: RequestProgress,
    signal: CancelSignal,
    isTrial: boolean,
  ): Promise<Served<Answer> | JudgedFailure | undefined> {
    const { plan, context } = progress;
    const begun = this.clock.monotonic();
    const record: AttemptRecord = {
      candidate,
      startedMs: begun - context.startedAt,
    };
    context.attempts.push(record);
    const running = this.meter.begin(candidate);
    try {
      const headers = traceOf(context, record);
      const answer = await operation.ask({ candidate, record, headers, signal, hold: () => running.hold() });
      record.ms = this.clock.monotonic() - begun;
      record.status = 200;
      if (operation.isIncidental !== true) {
        this.outcomes.succeeded(candidate, context.requestId, record.ms, isTrial);
        if (!running.isHeld) this.outcomes.completed(candidate, context.requestId);
      }
      return { candidate, record, answer };
    } catch (error) {
      running.end();
      record.ms = this.clock.monotonic() - begun;
      if (!(error instanceof CallFailure)) {
        // The request was never sent: what it asks for cannot be written in this target's format.
        context.attempts.splice(context.attempts.indexOf(record), 1);
        if (isTrial) this.book.endTrial(candidate, 'unknown');
        if (!(error instanceof GatewayError) || error.code !== 'unsupported_parameter') throw error;
        progress.rule(candidate, error);
        return undefined;
      }
      const { facts } = error;
      record.status = facts.type === 'vendor-error' && !facts.inStream ? facts.error.status : undefined;
      this.outcomes.describe(record, facts);
      if (isLetGo(facts)) {
        if (isTrial) this.book.endTrial(candidate, 'unknown');
        return undefined;
      }
      return this.outcomes.judge(record, facts, plan, false);
    } finally {
      running.endUnlessHeld();
    }
  }

  /** How long to wait before the same candidate is asked again; `undefined`: it is not. */
  private pauseBeforeRepeat(
    { candidate, facts, verdict }: JudgedFailure,
    times: number,
    isTrial: boolean,
    progress: RequestProgress,
  ): number | undefined {
    if (progress.isSettled || !progress.hasRoomToRepeat()) return undefined;
    const { maxRetries } = candidate.endpoint.callOf(candidate.model).settings;
    const isRateLimit = facts.type === 'vendor-error' && facts.error.kind === 'rate_limit';
    switch (verdict.again) {
      case 'no':
        return undefined;
      case 'backoff':
        // A failed trial rests its target again at once.
        if (isTrial || times > maxRetries) return undefined;
        if (isRateLimit && progress.hasOtherKey(candidate)) return undefined;
        return this.budgets.retries.take() ? backoffMs(times - 1) : undefined;
      case 'when-told': {
        // `rate_limit_wait` asks for this wait by name, so it holds once even where retries are off.
        const toldMs = verdict.rest?.forMs ?? 0;
        const isWorthIt = toldMs <= progress.plan.routing.rateLimitWaitMs && times <= Math.max(maxRetries, 1);
        if (!isWorthIt || progress.hasOtherKey(candidate)) return undefined;
        return this.budgets.retries.take() ? toldMs : undefined;
      }
    }
  }

  /** False: the signal was aborted meanwhile. */
  private async pause(milliseconds: number, signal: CancelSignal): Promise<boolean> {
    try {
      await this.clock.sleep(milliseconds, signal);
      return true;
    } catch {
      return false;
    }
  }
}

/** The call was ended by the gateway itself, which says nothing of the vendor. */
function isLetGo({ type }: CallFailureFacts): boolean {
  return type === 'caller-left' || type === 'superseded' || type === 'shutting-down';
}

/** Gives a call its span, where the request is traced. */
function traceOf(
  { trace }: RoutingContext,
  record: AttemptRecord,
): Readonly<Record<string, string>> | undefined {
  if (trace === undefined) return undefined;
  record.spanId = newSpanId();
  return outgoingHeaders(trace, record.spanId);
}
