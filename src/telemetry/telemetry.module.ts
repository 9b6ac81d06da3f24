import { Global, Module } from '@nestjs/common';
import { JsonLogger } from './json-logger.js';
import { Load } from './load.js';

@Global()
@Module({ providers: [JsonLogger, Load], exports: [JsonLogger, Load] })
export class TelemetryModule {}
