import { Global, Module } from '@nestjs/common';
import { Redactor } from '../common/redactor.js';
import { environment, type EnvironmentSettings } from '../config/environment.js';
import { JsonLogger } from './json-logger.js';
import { loadPrettyPrinter } from './load-pretty-printer.js';
import { Load } from './load.js';

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
  ],
  exports: [JsonLogger, Load],
})
export class TelemetryModule {}
