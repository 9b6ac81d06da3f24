import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Gauges } from '../../common/gauges.js';
import { RecordSinks } from '../../common/record-sinks.js';
import { SettingsHolder } from '../../config/settings-holder.js';
import type { RecordSink, RequestRecord } from '../../contract/request-record.js';
import type { SpanExporter } from './span-exporter.js';
import { toSpans } from './to-spans.js';
import { Tracing } from './tracing.js';

/** Makes the spans of each request from its record, when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. */
@Injectable()
export class TraceSink implements RecordSink, OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Tracing');
  private exporter: SpanExporter | undefined;
  private exported = 0;
  private lost = 0;
  private isFailing = false;

  constructor(
    private readonly tracing: Tracing,
    private readonly settings: SettingsHolder,
    sinks: RecordSinks,
    gauges: Gauges,
  ) {
    if (!tracing.isOn) return;
    sinks.add(this);
    gauges.add({
      name: 'sluice_trace_spans_total',
      help: 'Spans by whether the receiver took them; only with tracing on',
      type: 'counter',
      labels: ['outcome'],
      read: () => [
        { labels: ['exported'], value: this.exported },
        { labels: ['lost'], value: this.lost },
      ],
    });
  }

  async onModuleInit(): Promise<void> {
    const { endpoint } = this.tracing;
    if (endpoint === undefined) return;
    const { SpanExporter } = await import('./span-exporter.js');
    this.exporter = new SpanExporter(endpoint, (spans, failure) => {
      this.note(spans, failure);
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.exporter?.close().catch(() => undefined);
  }

  record(record: RequestRecord): void {
    const { trace } = record;
    if (trace?.isSampled !== true) return;
    this.exporter?.export(toSpans(record, trace, this.settings.current.telemetry.traceContent));
  }

  private note(spans: number, failure: Error | undefined): void {
    if (failure === undefined) {
      this.exported += spans;
      if (this.isFailing) this.logger.log('Traces are taken again');
      this.isFailing = false;
      return;
    }
    this.lost += spans;
    if (this.isFailing) return;
    this.isFailing = true;
    this.logger.warn({ message: 'Traces cannot be sent', reason: failure.message });
  }
}
