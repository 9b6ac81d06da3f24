import { Injectable } from '@nestjs/common';
import { RecordSinks } from '../../common/record-sinks.js';
import type { RecordedAttempt, RecordSink, RequestRecord } from '../../contract/request-record.js';
import { servingAttempt } from '../serving-attempt.js';
import { AttemptCells } from './attempt-cells.js';
import { BoundedNames } from './bounded-names.js';
import { operationOf } from './operation-of.js';
import { NONE, RequestCells } from './request-cells.js';
import { RequestMetrics } from './request-metrics.js';

/** Kinds of requests whose series are remembered; beyond, all are looked up anew. */
const MOST_KINDS = 10_000;

/**
 * Counts each request from its record. The series of a kind of request are looked up once and kept, so that a record
 * costs a few additions and two look-ups.
 */
@Injectable()
export class MetricsSink implements RecordSink {
  readonly metrics = new RequestMetrics();
  private readonly kinds = new Map<string, RequestCells>();
  private readonly attemptKinds = new Map<string, AttemptCells>();

  constructor(
    private readonly names: BoundedNames,
    sinks: RecordSinks,
  ) {
    sinks.add(this);
  }

  record(record: RequestRecord): void {
    const cells = this.cellsOf(record);
    cells.requests.value++;
    cells.keyRequests.value++;
    cells.cache.value++;
    cells.duration.observe(record.totalMs / 1_000);
    if (cells.error !== undefined) cells.error.value++;
    if (record.overheadMs !== null) cells.overhead.observe(record.overheadMs / 1_000);
    if (record.queueMs > 0) cells.queue.observe(record.queueMs / 1_000);
    if (record.firstTokenMs !== null) cells.firstToken.observe(record.firstTokenMs / 1_000);
    this.recordTarget(record, cells);
    this.recordAttempts(record);
  }

  private recordTarget(record: RequestRecord, { target }: RequestCells): void {
    if (target === undefined) return;
    const { usage, costNano, firstTokenMs, totalMs } = record;
    target.duration.observe(totalMs / 1_000);
    if (record.savedNano !== null) target.saved.value += record.savedNano;
    if (usage === undefined) return;
    // A hit of the cache repeats the tokens of the answer that it kept: nobody has made them anew.
    if (record.cache === 'hit') return;
    target.tokens.add(usage);
    if (usage.inputTokens !== undefined) target.inputTokens.observe(usage.inputTokens);
    if (usage.outputTokens !== undefined) target.outputTokens.observe(usage.outputTokens);
    if (costNano === null) target.unpriced.value++;
    else target.cost.value += costNano;
    if (record.usageSource === 'estimated') target.estimated.value++;
    if (firstTokenMs !== null && usage.outputTokens !== undefined && totalMs > firstTokenMs) {
      target.tokensPerSecond.observe((usage.outputTokens * 1_000) / (totalMs - firstTokenMs));
    }
  }

  private recordAttempts(record: RequestRecord): void {
    const { attempts, totalMs } = record;
    const serving = servingAttempt(record);
    let previous: RecordedAttempt | undefined;
    let previousCells: AttemptCells | undefined;
    for (const attempt of attempts) {
      const cells = this.attemptCellsOf(attempt, record.format);
      cells.attempts.value++;
      // Of a call that served, `ms` ends with the first content of a stream.
      const ms = attempt === serving ? totalMs - attempt.startedMs : attempt.ms;
      if (ms !== null) cells.duration.observe(ms / 1_000);
      if (attempt.usage !== undefined) this.recordWaste(attempt, cells, record.keyName);
      if (previousCells !== undefined && previous?.error != null) {
        const isSame = previous.provider === attempt.provider && previous.model === attempt.model;
        (isSame ? previousCells.retries : previousCells.failovers).value++;
      }
      previous = attempt;
      previousCells = cells;
    }
  }

  private recordWaste(
    { usage, costNano }: RecordedAttempt,
    cells: AttemptCells,
    keyName: string | null,
  ): void {
    const key = keyName === null ? NONE : this.names.key(keyName);
    if (usage !== undefined) cells.tokens(key).add(usage);
    if (costNano == null) return;
    cells.cost(key).value += costNano;
    cells.wastedCost.value += costNano;
  }

  private cellsOf(record: RequestRecord): RequestCells {
    const { format, stream, provider, model, keyName, status, endReason, error, cache } = record;
    const kind = `${format}\n${stream ? 's' : ''}${provider ?? ''}\n${model ?? ''}\n${keyName ?? ''}\n${status}${endReason}${cache}${error ?? ''}`;
    let cells = this.kinds.get(kind);
    if (cells === undefined) {
      cells = new RequestCells(record, this.metrics, this.names);
      if (this.isWorthKeeping(this.kinds, model)) this.kinds.set(kind, cells);
    }
    return cells;
  }

  private attemptCellsOf(attempt: RecordedAttempt, format: string): AttemptCells {
    const operation = operationOf(format);
    const kind = `${operation}${attempt.provider}\n${attempt.model}\n${attempt.error ?? ''}`;
    let cells = this.attemptKinds.get(kind);
    if (cells === undefined) {
      cells = new AttemptCells(attempt, operation, this.metrics, this.names);
      if (this.isWorthKeeping(this.attemptKinds, attempt.model)) this.attemptKinds.set(kind, cells);
    }
    return cells;
  }

  /** A model that is `other` may yet get its own label, and callers can make up as many as they like. */
  private isWorthKeeping(kinds: ReadonlyMap<string, unknown>, model: string | null): boolean {
    return kinds.size < MOST_KINDS && (model === null || this.names.isKnownModel(model));
  }
}
