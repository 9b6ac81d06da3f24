import type { RequestRecord } from '../../contract/request-record.js';
import type { BoundedNames } from './bounded-names.js';
import type { CounterCell } from './counter.js';
import type { HistogramCell } from './histogram.js';
import { operationOf } from './operation-of.js';
import type { RequestMetrics } from './request-metrics.js';
import { TokenCells } from './token-cells.js';

/** Stands for a name that there is not: nobody was asked, no key was needed. */
export const NONE = 'none';

/** Everything that requests of one kind count in, looked up once. */
export class RequestCells {
  readonly requests: CounterCell;
  readonly keyRequests: CounterCell;
  readonly error: CounterCell | undefined;
  readonly cache: CounterCell;
  readonly duration: HistogramCell;
  readonly overhead: HistogramCell;
  readonly queue: HistogramCell;
  readonly firstToken: HistogramCell;
  /** Of who served or was asked last; absent when nobody was asked. */
  readonly target: TargetCells | undefined;

  constructor(record: RequestRecord, metrics: RequestMetrics, names: BoundedNames) {
    const { format, endReason, error } = record;
    const stream = String(record.stream);
    const isServed = error === null && record.provider !== null;
    const provider = record.provider === null ? NONE : names.provider(record.provider);
    const model = record.model === null ? NONE : names.model(record.model, isServed);
    const key = record.keyName === null ? NONE : names.key(record.keyName);
    const operation = operationOf(format);
    this.requests = metrics.requests.cell(format, provider, model, String(record.status), endReason, stream);
    this.keyRequests = metrics.keyRequests.cell(key, endReason);
    this.error = error === null ? undefined : metrics.errors.cell(error, provider);
    this.cache = metrics.cache.cell(record.cache);
    this.duration = metrics.duration.cell(format, stream, endReason);
    this.overhead = metrics.overhead.cell(stream);
    this.queue = metrics.queue.cell();
    this.firstToken = metrics.firstToken.cell(operation, provider, model);
    this.target =
      record.provider === null
        ? undefined
        : new TargetCells(metrics, operation, provider, model, key, error ?? '');
  }
}

class TargetCells {
  readonly tokens: TokenCells;
  readonly cost: CounterCell;
  readonly duration: HistogramCell;
  readonly inputTokens: HistogramCell;
  readonly outputTokens: HistogramCell;

  constructor(
    private readonly metrics: RequestMetrics,
    operation: string,
    private readonly provider: string,
    private readonly model: string,
    key: string,
    error: string,
  ) {
    this.tokens = new TokenCells(metrics, provider, model, key);
    this.cost = metrics.cost.cell(provider, model, key);
    this.duration = metrics.serverDuration.cell(operation, provider, model, error);
    this.inputTokens = metrics.clientTokens.cell(operation, provider, model, 'input');
    this.outputTokens = metrics.clientTokens.cell(operation, provider, model, 'output');
  }

  // What is rare gets its series when it first happens.
  get unpriced(): CounterCell {
    return this.metrics.unpriced.cell(this.provider, this.model);
  }

  get estimated(): CounterCell {
    return this.metrics.estimated.cell(this.provider, this.model);
  }

  get saved(): CounterCell {
    return this.metrics.saved.cell(this.provider, this.model);
  }

  get tokensPerSecond(): HistogramCell {
    return this.metrics.tokensPerSecond.cell(this.provider, this.model);
  }
}
