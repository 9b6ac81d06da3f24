import { Global, Module } from '@nestjs/common';
import { JsonLogger } from './json-logger.js';
import { Load } from './load.js';
import { BoundedNames } from './metrics/bounded-names.js';
import { Exposition } from './metrics/exposition.js';
import { MetricsSink } from './metrics/metrics-sink.js';

@Global()
@Module({
  providers: [JsonLogger, Load, BoundedNames, Exposition, MetricsSink],
  exports: [JsonLogger, Load, Exposition, MetricsSink],
})
export class TelemetryModule {}
