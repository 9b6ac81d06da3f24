import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { EventLoopTurn } from './event-loop-turn.js';
import { Gauges } from './gauges.js';
import { PrimaryLink } from './primary-link.js';
import { RecordSinks } from './record-sinks.js';
import { Redactor } from './redactor.js';
import { StreamTurns } from './stream-turns.js';

@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: PrimaryLink, useFactory: () => PrimaryLink.open() },
    EventLoopTurn,
    Gauges,
    RecordSinks,
    Redactor,
    StreamTurns,
  ],
  exports: [Clock, EventLoopTurn, Gauges, PrimaryLink, RecordSinks, Redactor, StreamTurns],
})
export class CommonModule {}
