import { Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from './clock.js';
import { Redactor } from './redactor.js';

@Global()
@Module({
  providers: [{ provide: Clock, useClass: SystemClock }, Redactor],
  exports: [Clock, Redactor],
})
export class CommonModule {}
