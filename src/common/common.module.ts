import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { Gauges } from './gauges.js';
import { PrimaryLink } from './primary-link.js';
import { RecordSinks } from './record-sinks.js';
import { Redactor } from './redactor.js';

@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: PrimaryLink, useFactory: () => PrimaryLink.open() },
    Gauges,
    RecordSinks,
    Redactor,
  ],
  exports: [Clock, Gauges, PrimaryLink, RecordSinks, Redactor],
})
export class CommonModule {}
