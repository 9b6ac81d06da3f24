import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { Gauges } from './gauges.js';
import { RecordSinks } from './record-sinks.js';
import { Redactor } from './redactor.js';

@Global()
@Module({
  providers: [{ provide: Clock, useClass: SystemClock }, Gauges, RecordSinks, Redactor],
  exports: [Clock, Gauges, RecordSinks, Redactor],
})
export class CommonModule {}
