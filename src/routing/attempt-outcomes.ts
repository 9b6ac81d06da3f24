import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import type { Candidate } from './candidate.js';
import { describeFailure, seconds } from './describe-failure.js';
import { GatewayFaults } from './gateway-faults.js';
import { judgeFailure, type Rest } from './judge-failure.js';
import { ErrorWindow } from './error-window.js';
import { FailureStreaks } from './failure-streaks.js';
import type { Plan } from './plan.js';
import { ProviderStats } from './provider-stats.js';
import { RecoveryRamp } from './recovery-ramp.js';
import { RestBook } from './rest-book.js';
import type { JudgedFailure } from './route-failure.js';
import type { AttemptRecord } from './attempt-record.js';
import { vendorsWords } from './vendor-words.js';
import { TargetMeter } from './target-meter.js';

/** Judges failed attempts and writes down what follows from each end: who rests, what `/health` shows, one log line. */
@Injectable()
export class AttemptOutcomes {
  private readonly logger = new Logger('Failover');

  constructor(
    private readonly book: RestBook,
    private readonly stats: ProviderStats,
    private readonly meter: TargetMeter,
    private readonly window: ErrorWindow,
    private readonly streaks: FailureStreaks,
    private readonly ramp: RecoveryRamp,
    private readonly redactor: Redactor,
    private readonly faults: GatewayFaults,
    private readonly clock: Clock,
  ) {}

  /** `milliseconds`: until the whole answer, or the first content of a stream. */
  succeeded(candidate: Candidate, requestId: string, milliseconds: number, isTrial: boolean): void {
    const now = this.clock.steady();
    const { target } = candidate.ids;
    if (isTrial) {
      const rested = this.book.blocking(candidate);
      this.book.endTrial(candidate, 'alive');
      this.window.forget(target);
      if (rested !== undefined) this.ramp.begin(candidate.ids[rested.scope], now);
    }
    this.window.note(target, false, now);
    this.streaks.answered(target, requestId);
    this.meter.succeeded(candidate, milliseconds);
    this.stats.succeeded(candidate.provider, milliseconds);
  }

  /** The answer came to its end: at once, or as the last of a stream. */
  completed({ ids }: Candidate, requestId: string): void {
    this.streaks.succeeded(ids.target, requestId);
  }

  /** Writes a failure into the record of its call. */
  describe(record: AttemptRecord, facts: CallFailureFacts): void {
    record.error = describeFailure(facts);
    Object.assign(record, vendorsWords(facts, record.meter?.headers, this.redactor));
  }

  /**
   * Counts a failed call, which may yet be made good. `isFirst`: the first one of its request at this target. True: the
   * target fails too often and should rest.
   */
  note({ candidate, facts, verdict }: JudgedFailure, isFirst: boolean): boolean {
    if (!concernsTarget(facts)) return false;
    this.meter.failed(candidate);
    // A request that fails three times at a target is one bad request, and no sign of three.
    if (!isFirst || verdict.rest?.scope !== 'target') return false;
    return this.window.note(candidate.ids.target, true, this.clock.steady());
  }

  judge(record: AttemptRecord, facts: CallFailureFacts, plan: Plan, committed: boolean): JudgedFailure {
    const { onContentFilter, routing } = plan;
    const situation = { committed, onContentFilter, cooldownMs: routing.cooldownMs };
    const { candidate, vendorMessage, vendorRequestId } = record;
    return { candidate, facts, verdict: judgeFailure(facts, situation), vendorMessage, vendorRequestId };
  }

  /**
   * Sends to rest what the verdict names, or ends the trial of something that has shown itself alive. `isSure`: an
   * ambiguous failure is enough this time, as it was a trial or one of too many.
   */
  failed(failure: JudgedFailure, plan: Plan, requestId: string, isSure: boolean): void {
    const { candidate, facts, verdict } = failure;
    if (facts.type === 'gateway-fault') {
      this.book.endTrial(candidate, 'unknown');
      this.faults.note(facts);
      return;
    }
    const reason = describeFailure(facts);
    const rest = this.dueRest(failure, plan, requestId, isSure);
    if (verdict.rest === undefined) this.book.endTrial(candidate, 'alive');
    else this.stats.failed(candidate.provider, this.clock.now());
    if (rest !== undefined) {
      this.book.rest(candidate, {
        scope: rest.scope,
        forMs: rest.forMs,
        maxMs: rest.told ? undefined : plan.routing.maxCooldownMs,
        reason,
        isRateLimit: facts.type === 'vendor-error' && facts.error.kind === 'rate_limit',
        mayBeTriedEarly: rest.evidence !== 'clear',
      });
    }
    this.logger.warn({
      message: 'attempt failed',
      request_id: requestId,
      provider: candidate.provider,
      model: candidate.model,
      key: candidate.key.hint,
      reason,
      ...(failure.vendorMessage === undefined ? {} : { vendor_message: failure.vendorMessage }),
      ...(failure.vendorRequestId === undefined ? {} : { vendor_request_id: failure.vendorRequestId }),
      next: verdict.next,
      ...(rest === undefined ? {} : { rests: candidate.ids[rest.scope], for: seconds(rest.forMs) }),
    });
  }

  /** The rest of the verdict, unless it may be the fault of this one request. */
  private dueRest(
    { candidate, verdict: { rest } }: JudgedFailure,
    { routing }: Plan,
    requestId: string,
    isSure: boolean,
  ): Rest | undefined {
    if (rest?.evidence !== 'ambiguous') return rest;
    const { target } = candidate.ids;
    const isOneTooMany = this.streaks.failed(target, requestId, routing.failuresBeforeCooldown);
    return isSure || isOneTooMany ? rest : undefined;
  }
}

/** Whether the failure says anything of the target: it does not where the request is wrong, or the gateway. */
function concernsTarget(facts: CallFailureFacts): boolean {
  if (facts.type !== 'vendor-error') return facts.type !== 'gateway-fault';
  switch (facts.error.kind) {
    case 'invalid_request':
    case 'unsupported_request':
    case 'context_length':
    case 'content_policy':
    case 'forbidden':
      return false;
    default:
      return true;
  }
}
