import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import type { Candidate } from './candidate.js';
import { describeFailure, seconds } from './describe-failure.js';
import { judgeFailure } from './judge-failure.js';
import { ErrorWindow } from './error-window.js';
import type { Plan } from './plan.js';
import { ProviderStats } from './provider-stats.js';
import { RecoveryRamp } from './recovery-ramp.js';
import { RestBook } from './rest-book.js';
import type { JudgedFailure } from './route-failure.js';
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
    private readonly ramp: RecoveryRamp,
    private readonly clock: Clock,
  ) {}

  /** `milliseconds`: until the whole answer, or the first content of a stream. */
  succeeded(candidate: Candidate, milliseconds: number, isTrial: boolean): void {
    const now = this.clock.now();
    if (isTrial) {
      const rested = this.book.blocking(candidate, now);
      this.book.endTrial(candidate, 'alive');
      this.window.forget(candidate.ids.target);
      if (rested !== undefined) this.ramp.begin(candidate.ids[rested.scope], now);
    }
    this.window.note(candidate.ids.target, false, now);
    this.meter.succeeded(candidate, milliseconds);
    this.stats.succeeded(candidate.provider, milliseconds);
  }

  /** Counts a failure that may yet be made good. True: the target fails too often and should rest. */
  note({ candidate, facts, verdict }: JudgedFailure): boolean {
    if (isRequestFault(facts)) return false;
    this.meter.failed(candidate);
    return verdict.rest?.scope === 'target' && this.window.note(candidate.ids.target, true, this.clock.now());
  }

  judge(candidate: Candidate, facts: CallFailureFacts, plan: Plan, committed: boolean): JudgedFailure {
    const { onContentFilter, routing } = plan;
    const situation = { committed, onContentFilter, cooldownMs: routing.cooldownMs };
    return { candidate, facts, verdict: judgeFailure(facts, situation) };
  }

  /** Sends to rest what the verdict names, or ends the trial of something that has shown itself alive. */
  failed({ candidate, facts, verdict }: JudgedFailure, plan: Plan, requestId: string): void {
    const reason = describeFailure(facts);
    const now = this.clock.now();
    const { rest } = verdict;
    if (rest === undefined) {
      this.book.endTrial(candidate, 'alive');
    } else {
      this.stats.failed(candidate.provider, now);
      this.book.rest(
        candidate,
        {
          scope: rest.scope,
          forMs: rest.forMs,
          maxMs: rest.told ? undefined : plan.routing.maxCooldownMs,
          reason,
          isRateLimit: facts.type === 'vendor-error' && facts.error.kind === 'rate_limit',
        },
        now,
      );
    }
    this.logger.warn({
      message: 'attempt failed',
      request_id: requestId,
      provider: candidate.provider,
      model: candidate.model,
      key: candidate.key.hint,
      reason,
      next: verdict.next,
      ...(rest === undefined ? {} : { rests: candidate.ids[rest.scope], for: seconds(rest.forMs) }),
    });
  }
}

/** The vendor did its part: what failed is the request. */
function isRequestFault(facts: CallFailureFacts): boolean {
  if (facts.type !== 'vendor-error') return false;
  switch (facts.error.kind) {
    case 'invalid_request':
    case 'unsupported_request':
    case 'context_length':
    case 'content_policy':
      return true;
    default:
      return false;
  }
}
