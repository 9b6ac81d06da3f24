import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import type { Candidate } from './candidate.js';
import { describeFailure, seconds } from './describe-failure.js';
import { judgeFailure } from './judge-failure.js';
import type { Plan } from './plan.js';
import { ProviderStats } from './provider-stats.js';
import { RestBook } from './rest-book.js';
import type { JudgedFailure } from './route-failure.js';

/** Judges failed attempts and writes down what follows from each end: who rests, what `/health` shows, one log line. */
@Injectable()
export class AttemptOutcomes {
  private readonly logger = new Logger('Failover');

  constructor(
    private readonly book: RestBook,
    private readonly stats: ProviderStats,
    private readonly clock: Clock,
  ) {}

  /** `milliseconds`: until the whole answer, or the first content of a stream. */
  succeeded(candidate: Candidate, milliseconds: number, isTrial: boolean): void {
    if (isTrial) this.book.endTrial(candidate, 'alive');
    this.stats.succeeded(candidate.provider, milliseconds);
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
