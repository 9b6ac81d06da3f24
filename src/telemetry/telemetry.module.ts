import { Global, Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Redactor } from '../common/redactor.js';
import { environment, type EnvironmentSettings } from '../config/environment.js';
import { JsonLogger } from './json-logger.js';
import { loadPrettyPrinter } from './load-pretty-printer.js';
import { Load } from './load.js';
import { BoundedNames } from './metrics/bounded-names.js';
import { Exposition } from './metrics/exposition.js';
import { MetricsSink } from './metrics/metrics-sink.js';
import { TraceSink } from './tracing/trace-sink.js';
import { Tracing } from './tracing/tracing.js';

@Global()
@Module({
  providers: [
    {
      provide: JsonLogger,
      inject: [environment.KEY, Redactor],
      useFactory: async (settings: EnvironmentSettings, redactor: Redactor) =>
        new JsonLogger(settings, redactor, process.stdout.isTTY ? await loadPrettyPrinter() : undefined),
    },
    Load,
    BoundedNames,
    Exposition,
    MetricsSink,
    Tracing,
    TraceSink,
  ],
  exports: [JsonLogger, Load, Exposition],
})
export class TelemetryModule implements NestModule {
  constructor(private readonly tracing: Tracing) {}

  /** Without tracing nothing stands in the way of a request. */
  configure(consumer: MiddlewareConsumer): void {
    const { tracing } = this;
    if (!tracing.isOn) return;
    consumer
      .apply((request: IncomingMessage, _response: ServerResponse, next: () => void) => {
        tracing.begin(request);
        next();
      })
      .forRoutes('v1/*path');
  }
}
