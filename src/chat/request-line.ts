import { Injectable } from '@nestjs/common';
import { RecordSinks } from '../common/record-sinks.js';
import type { RecordSink, RequestRecord } from '../contract/request-record.js';
import { toDollars } from '../contract/to-dollars.js';
import { JsonLogger } from '../telemetry/json-logger.js';

/** Writes one line at `info` for each request, but for those of a flood of refusals. */
@Injectable()
export class RequestLine implements RecordSink {
  constructor(
    private readonly logger: JsonLogger,
    sinks: RecordSinks,
  ) {
    sinks.add(this);
  }

  record(record: RequestRecord): void {
    if (record.isSummarized === true) return;
    const { usage, firstTokenMs, overheadMs } = record;
    this.logger.logFields(
      {
        context: 'Chat',
        request_id: record.requestId,
        key: record.keyName,
        format: record.format,
        stream: record.stream,
        requested_model: record.requestedModel,
        provider: record.provider,
        model: record.model,
        status: record.status,
        end_reason: record.endReason,
        // Left out where there is none; to spread it in would make V8 set all that follow one by one.
        error: record.error ?? undefined,
        attempts: record.attempts.map((attempt) => ({
          provider: attempt.provider,
          model: attempt.model,
          key_hint: attempt.keyHint,
          status: attempt.status,
          error: attempt.error,
          vendor_message: attempt.vendorMessage,
          vendor_request_id: attempt.vendorRequestId,
          started_ms: Math.round(attempt.startedMs),
          ms: attempt.ms === null ? null : Math.round(attempt.ms),
        })),
        considered: record.considered?.map(({ until, ...target }) => ({
          ...target,
          until: until === null ? null : new Date(until).toISOString(),
        })),
        input_tokens: usage?.inputTokens ?? null,
        output_tokens: usage?.outputTokens ?? null,
        usage_source: record.usageSource,
        cost_usd: toDollars(record.costNano),
        cache: record.cache,
        first_token_ms: firstTokenMs === null ? null : Math.round(firstTokenMs),
        total_ms: Math.round(record.totalMs),
        overhead_ms: overheadMs === null ? null : Math.round(overheadMs * 100) / 100,
      },
      'request',
    );
  }
}
