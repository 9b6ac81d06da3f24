import { newSpanId } from '../../common/trace-context.js';
import type { RecordedAttempt, RequestRecord } from '../../contract/request-record.js';
import type { RequestTrace } from '../../contract/request-trace.js';
import type { Usage } from '../../contract/usage.js';
import { servingAttempt } from '../serving-attempt.js';
import { outcomeOf } from '../metrics/attempt-outcome.js';
import { operationOf } from '../metrics/operation-of.js';
import type { AttributeValue, SpanFacts } from './span-facts.js';

const NANO = 1e9;
/** Receivers refuse spans of megabytes. */
const LONGEST_CONTENT = 65_536;

type Attributes = Record<string, AttributeValue>;

/**
 * The spans of a request: the gateway's own, and one for each call to a vendor. Names and attributes are those of
 * OpenTelemetry's conventions for generative AI
 * (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/).
 */
export function toSpans(record: RequestRecord, trace: RequestTrace, hasContent: boolean): SpanFacts[] {
  const serving = servingAttempt(record);
  return [
    toServerSpan(record, trace, hasContent),
    ...record.attempts.map((attempt) => toCallSpan(attempt, record, trace, attempt === serving)),
  ];
}

function toServerSpan(record: RequestRecord, trace: RequestTrace, hasContent: boolean): SpanFacts {
  const operation = operationOf(record.format);
  const { bodies, costNano, endReason, error } = record;
  const isFault = record.status >= 500 || (endReason !== 'done' && record.status < 400);
  return {
    name: nameOf(operation, record.requestedModel),
    kind: 'server',
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: trace.parentSpanId,
    state: trace.state,
    startedAt: record.at,
    endedAt: record.at + record.totalMs,
    error: isFault ? (error ?? endReason) : undefined,
    attributes: {
      'http.request.method': 'POST',
      'http.response.status_code': record.status,
      'gen_ai.operation.name': operation,
      'gen_ai.request.stream': record.stream,
      ...given('gen_ai.request.model', record.requestedModel),
      ...given('gen_ai.provider.name', record.provider),
      ...given('gen_ai.response.model', record.model),
      ...finishOf(record),
      ...usageOf(record.usage),
      ...given('error.type', error),
      'sluice.request.id': record.requestId,
      'sluice.format': record.format,
      'sluice.end_reason': endReason,
      'sluice.attempts': record.attempts.length,
      'sluice.cache': record.cache,
      'sluice.queue_ms': record.queueMs,
      ...given('sluice.key', record.keyName),
      ...given('sluice.time_to_first_token_ms', record.firstTokenMs),
      ...given('sluice.overhead_ms', record.overheadMs),
      ...(record.usage === undefined ? {} : { 'sluice.usage_source': record.usageSource }),
      ...given('sluice.cost_usd', costNano === null ? null : costNano / NANO),
      ...(hasContent ? contentOf('sluice.request.body', bodies?.request) : {}),
      ...(hasContent ? contentOf('sluice.response.body', bodies?.response) : {}),
    },
  };
}

function toCallSpan(
  attempt: RecordedAttempt,
  record: RequestRecord,
  trace: RequestTrace,
  isServing: boolean,
): SpanFacts {
  const operation = operationOf(record.format);
  const outcome = outcomeOf(attempt);
  // Of the call that served, `ms` ends with the first content of a stream.
  const endedMs = isServing || attempt.ms === null ? record.totalMs : attempt.startedMs + attempt.ms;
  const broken = isServing && record.endReason !== 'done' ? record.endReason : undefined;
  const error = outcome === 'success' ? broken : outcome;
  return {
    name: nameOf(operation, attempt.model),
    kind: 'client',
    traceId: trace.traceId,
    spanId: attempt.spanId ?? newSpanId(),
    parentSpanId: trace.spanId,
    state: trace.state,
    startedAt: record.at + attempt.startedMs,
    endedAt: record.at + Math.max(endedMs, attempt.startedMs),
    error: attempt.error ?? broken,
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': attempt.provider,
      'gen_ai.request.model': attempt.model,
      'gen_ai.request.stream': record.stream,
      ...given('http.response.status_code', attempt.status),
      ...given('error.type', error ?? null),
      'sluice.vendor_key': attempt.keyHint,
      ...(isServing
        ? {
            ...given('gen_ai.response.model', record.model),
            ...finishOf(record),
            ...usageOf(record.usage),
            ...(record.stream && attempt.ms !== null
              ? { 'gen_ai.response.time_to_first_chunk': attempt.ms / 1_000 }
              : {}),
          }
        : usageOf(attempt.usage)),
    },
  };
}

function nameOf(operation: string, model: string | null): string {
  return model === null ? operation : `${operation} ${model}`;
}

function given(name: string, value: AttributeValue | null): Attributes {
  return value === null ? {} : { [name]: value };
}

function finishOf({ finish }: RequestRecord): Attributes {
  return finish === null ? {} : { 'gen_ai.response.finish_reasons': [finish] };
}

function usageOf(usage: Usage | undefined): Attributes {
  return {
    ...given('gen_ai.usage.input_tokens', usage?.inputTokens ?? null),
    ...given('gen_ai.usage.output_tokens', usage?.outputTokens ?? null),
    ...given('gen_ai.usage.cache_read.input_tokens', usage?.cacheReadTokens ?? null),
    ...given('gen_ai.usage.cache_creation.input_tokens', usage?.cacheWriteTokens ?? null),
    ...given('gen_ai.usage.reasoning.output_tokens', usage?.reasoningTokens ?? null),
  };
}

function contentOf(name: string, text: string | null | undefined): Attributes {
  return text == null ? {} : { [name]: text.slice(0, LONGEST_CONTENT) };
}
