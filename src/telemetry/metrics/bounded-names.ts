import { Injectable } from '@nestjs/common';
import { SettingsHolder } from '../../config/settings-holder.js';
import type { GatewaySettings } from '../../config/gateway-settings.js';
import { LabelValues } from './label-values.js';

/** Values of one label that are told apart; what comes later is `other`. */
export const MOST_VALUES = 200;

/**
 * The names that metrics have as labels, so few that a scrape stays small. With the pattern `*` callers choose the names
 * of models: a model gets its own label when the configuration names it or a vendor has served it, and never by being
 * asked for.
 */
@Injectable()
export class BoundedNames {
  private readonly models = new LabelValues(MOST_VALUES);
  private readonly providers = new LabelValues(MOST_VALUES);
  private readonly keys = new LabelValues(MOST_VALUES);

  constructor(settings: SettingsHolder) {
    this.learn(settings.current);
    settings.onChange((next) => {
      this.learn(next);
    });
  }

  model(name: string, isServed: boolean): string {
    return isServed ? this.models.admit(name) : this.models.find(name);
  }

  isKnownModel(name: string): boolean {
    return this.models.has(name);
  }

  provider(name: string): string {
    return this.providers.admit(name);
  }

  key(name: string): string {
    return this.keys.admit(name);
  }

  private learn({ providers, routing }: GatewaySettings): void {
    const named = [
      ...providers.flatMap(({ model, models }) => [model, ...models]),
      ...routing.routes.flatMap(({ targets }) => targets.map(({ model }) => model)),
    ];
    for (const name of named) if (name !== undefined && !name.includes('*')) this.models.admit(name);
    for (const { name } of providers) this.providers.admit(name);
  }
}
