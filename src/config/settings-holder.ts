import { Logger } from '@nestjs/common';
import { StartFault } from '../common/start-fault.js';
import { BUILT_IN_SOURCE } from './built-in-config.js';
import { ConfigFault } from './config-fault.js';
import type { GatewaySettings } from './gateway-settings.js';

/** Throws `ConfigFault` or `StartFault` when a configuration cannot be put in force. */
export type SettingsCheck = (next: GatewaySettings) => void;

export type SettingsListener = (next: GatewaySettings, previous: GatewaySettings) => void;

/**
 * Holds the one snapshot in force. A request reads `current` once, at its beginning, and ends on what it got.
 * Tests provide their own: `new SettingsHolder(settings)`.
 */
export class SettingsHolder {
  private readonly logger = new Logger('Config');
  private readonly listeners = new Set<SettingsListener>();
  private readonly checks = new Set<SettingsCheck>();

  /** @param load reads the configuration anew; without it, `reload` changes nothing */
  constructor(
    private settings: GatewaySettings,
    private readonly load?: () => GatewaySettings,
  ) {}

  get current(): GatewaySettings {
    return this.settings;
  }

  /** Puts a new snapshot in force and tells the listeners. One that fails is logged and does not stop the others. */
  replace(next: GatewaySettings): void {
    const previous = this.settings;
    this.settings = next;
    for (const listener of this.listeners) {
      try {
        listener(next, previous);
      } catch (error) {
        this.logger.error('A part of the gateway could not take over the new configuration', stackOf(error));
      }
    }
  }

  /** @returns a function that ends the subscription */
  onChange(listener: SettingsListener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** What a configuration that is read anew has to pass besides being valid. */
  addCheck(check: SettingsCheck): void {
    this.checks.add(check);
  }

  /** Reads the configuration anew. When it has faults, they are logged and the old one stays in force. */
  reload(): Promise<void> {
    if (this.load !== undefined) {
      this.takeOver(this.load);
    }
    return Promise.resolve();
  }

  private takeOver(load: () => GatewaySettings): void {
    let next: GatewaySettings;
    try {
      next = load();
      if (next.source === BUILT_IN_SOURCE && this.settings.source !== BUILT_IN_SOURCE) {
        throw new ConfigFault([`${this.settings.source}: expected a file: there is none any more`]);
      }
      for (const check of this.checks) check(next);
    } catch (error) {
      const isFault = error instanceof ConfigFault || error instanceof StartFault;
      const reason = isFault ? error.message : stackOf(error);
      this.logger.error(`The new configuration is refused, the old one stays in force. ${reason}`);
      return;
    }
    this.replace(next);
    this.logger.log(`The configuration was read anew from ${next.source}`);
    next.warnings?.forEach((warning) => {
      this.logger.warn(warning);
    });
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
