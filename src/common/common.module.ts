import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { RecordSinks } from './record-sinks.js';
import { Redactor } from './redactor.js';

@Global()
@Module({
  providers: [{ provide: Clock, useClass: SystemClock }, RecordSinks, Redactor],
  exports: [Clock, RecordSinks, Redactor],
})
export class CommonModule {}
