import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { EventLoopTurn } from './event-loop-turn.js';
import { Gauges } from './gauges.js';
import { PrimaryLink } from './primary-link.js';
import { RecordSinks } from './record-sinks.js';
import { Redactor } from './redactor.js';
import { RequestBodies } from './request-bodies.js';
import { StreamTurns } from './stream-turns.js';
import { WaitingLine } from './waiting-line.js';

@Global()
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: PrimaryLink, useFactory: () => PrimaryLink.open() },
    EventLoopTurn,
    Gauges,
    RecordSinks,
    Redactor,
    RequestBodies,
    StreamTurns,
    WaitingLine,
  ],
  exports: [
    Clock,
    EventLoopTurn,
    Gauges,
    PrimaryLink,
    RecordSinks,
    Redactor,
    RequestBodies,
    StreamTurns,
    WaitingLine,
  ],
})
export class CommonModule {}
