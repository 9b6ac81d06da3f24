import type { RecordedAttempt } from '../../contract/request-record.js';
import { outcomeOf, type AttemptOutcome } from './attempt-outcome.js';
import type { BoundedNames } from './bounded-names.js';
import type { CounterCell } from './counter.js';
import type { HistogramCell } from './histogram.js';
import type { RequestMetrics } from './request-metrics.js';
import { TokenCells } from './token-cells.js';

/** Everything that calls of one target with one outcome count in, looked up once. */
export class AttemptCells {
  readonly attempts: CounterCell;
  readonly duration: HistogramCell;
  private readonly outcome: AttemptOutcome;
  private readonly provider: string;
  private readonly model: string;

  constructor(
    attempt: RecordedAttempt,
    operation: string,
    private readonly metrics: RequestMetrics,
    names: BoundedNames,
  ) {
    this.outcome = outcomeOf(attempt);
    this.provider = names.provider(attempt.provider);
    this.model = names.model(attempt.model, attempt.error === null);
    this.attempts = metrics.attempts.cell(this.provider, this.model, this.outcome);
    const error = this.outcome === 'success' ? '' : this.outcome;
    this.duration = metrics.clientDuration.cell(operation, this.provider, this.model, error);
  }

  // What is rare gets its series when it first happens.
  get retries(): CounterCell {
    return this.metrics.retries.cell(this.provider, this.outcome);
  }

  get failovers(): CounterCell {
    return this.metrics.failovers.cell(this.provider, this.outcome);
  }

  get wastedCost(): CounterCell {
    return this.metrics.wastedCost.cell(this.provider, this.model);
  }

  cost(key: string): CounterCell {
    return this.metrics.cost.cell(this.provider, this.model, key);
  }

  tokens(key: string): TokenCells {
    return new TokenCells(this.metrics, this.provider, this.model, key);
  }
}
