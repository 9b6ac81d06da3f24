import {
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type HrTime,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  detectResources,
  resourceAttributesEnvDetector,
  serviceNameEnvDetector,
  resourceFromAttributes,
  type Resource,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter as OtelExporter,
} from '@opentelemetry/sdk-trace';
import type { SpanFacts } from './span-facts.js';

const SCOPE = { name: 'sluice' };
/** Spans that wait for the receiver; more are dropped. */
const MOST_WAITING = 8_192;
const NO_TIME: HrTime = [0, 0];

export type OnExport = (spans: number, failure: Error | undefined) => void;

/**
 * Sends spans to an OTLP receiver in batches. The only file that knows OpenTelemetry's SDK; it is loaded when tracing is
 * on. `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` are read by the SDK.
 */
export class SpanExporter {
  private readonly resource: Resource;
  private readonly processor: BatchSpanProcessor;

  /** @param endpoint base URL of the receiver */
  constructor(endpoint: string, onExport: OnExport) {
    this.resource = resourceFromAttributes({ 'service.name': 'sluice' }).merge(
      detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }),
    );
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
    this.processor = new BatchSpanProcessor({
      exporter: watched(exporter, onExport),
      maxQueueSize: MOST_WAITING,
    });
  }

  export(spans: readonly SpanFacts[]): void {
    for (const span of spans) this.processor.onEnd(this.toReadable(span));
  }

  /** Sends what waits. */
  close(): Promise<void> {
    return this.processor.shutdown();
  }

  private toReadable(facts: SpanFacts): ReadableSpan {
    const { traceId, spanId, parentSpanId, state, error } = facts;
    const contextFor = (id: string, isRemote: boolean): SpanContext => ({
      traceId,
      spanId: id,
      traceFlags: TraceFlags.SAMPLED,
      isRemote,
      ...(state === undefined ? {} : { traceState: toTraceState(state) }),
    });
    const context = contextFor(spanId, false);
    return {
      name: facts.name,
      kind: facts.kind === 'server' ? SpanKind.SERVER : SpanKind.CLIENT,
      spanContext: () => context,
      ...(parentSpanId === undefined
        ? {}
        : { parentSpanContext: contextFor(parentSpanId, facts.kind === 'server') }),
      startTime: toHrTime(facts.startedAt),
      endTime: toHrTime(facts.endedAt),
      // Not sent: receivers take the difference.
      duration: NO_TIME,
      status:
        error === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
      attributes: { ...facts.attributes },
      links: [],
      events: [],
      ended: true,
      resource: this.resource,
      instrumentationScope: SCOPE,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  }
}

function watched(exporter: OTLPTraceExporter, onExport: OnExport): OtelExporter {
  return {
    export: (spans, onResult) => {
      exporter.export(spans, (result) => {
        // 0 is SUCCESS; what carries no error may still have failed.
        const failure =
          (result.code as number) === 0 ? undefined : (result.error ?? new Error('the export failed'));
        onExport(spans.length, failure);
        onResult(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

/** Seconds and nanoseconds. */
function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1e6)];
}

/** The caller's state as it came: nothing of it is read or changed. */
function toTraceState(state: string): TraceState {
  const kept: TraceState = {
    serialize: () => state,
    get: () => undefined,
    set: () => kept,
    unset: () => kept,
  };
  return kept;
}
