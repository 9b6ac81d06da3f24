import { Global, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Clock } from '../common/clock.js';
import { CommonModule } from '../common/common.module.js';
import { ConfigWatcher } from './config-watcher.js';
import { environment, readVariables, type EnvironmentSettings } from './environment.js';
import { loadSettings } from './load-settings.js';
import { readTextFile } from './read-text-file.js';
import { SettingsHolder } from './settings-holder.js';

/**
 * The configuration for every room: `SettingsHolder`, and the environment under `environment.KEY`. `.env` of the
 * working directory is loaded when this file is imported; a variable that the process has already is not touched.
 * Making `SettingsHolder` throws `ConfigFault` when the configuration cannot be used.
 */
@Global()
@Module({
  imports: [CommonModule, ConfigModule.forRoot({ isGlobal: true, load: [environment], cache: true })],
  providers: [
    {
      provide: SettingsHolder,
      useFactory: () => {
        const load = () => loadSettings(readVariables(), readTextFile);
        return new SettingsHolder(load(), load);
      },
    },
    {
      provide: ConfigWatcher,
      inject: [SettingsHolder, Clock, environment.KEY],
      useFactory: (holder: SettingsHolder, clock: Clock, { configPath }: EnvironmentSettings) =>
        new ConfigWatcher(holder, clock, configPath),
    },
  ],
  exports: [SettingsHolder],
})
export class GatewayConfigModule {}
