import { Module } from '@nestjs/common';
import { AccessLog } from './access-log.js';
import { Admission } from './admission.js';
import { ConnectionBook } from './connection-book.js';
import { ConnectionFaults } from './connection-faults.js';
import { FrontDoor } from './front-door.js';
import { HalfClosedCallers } from './half-closed-callers.js';
import { Listeners } from './listeners.js';
import { LoopLag } from './loop-lag.js';
import { RefusalLog } from './refusal-log.js';
import { StalledClients } from './stalled-clients.js';

@Module({
  providers: [
    AccessLog,
    Admission,
    ConnectionBook,
    ConnectionFaults,
    FrontDoor,
    HalfClosedCallers,
    Listeners,
    LoopLag,
    RefusalLog,
    StalledClients,
  ],
})
export class ServerModule {}
