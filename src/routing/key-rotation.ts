import { Injectable } from '@nestjs/common';
import type { ProviderEndpoint, ProviderKey } from '../providers/provider-endpoint.js';
import { TargetMeter } from './target-meter.js';

/** Lets the keys of a provider take turns, those with fewer calls in flight first. */
@Injectable()
export class KeyRotation {
  private readonly turns = new Map<string, number>();

  constructor(private readonly meter: TargetMeter) {}

  /** The keys in the order of the coming turn. `take`: the turn is used up, else only looked at. */
  order({ name, keys }: ProviderEndpoint, take: boolean): readonly ProviderKey[] {
    if (keys.length < 2) return keys;
    const turn = (this.turns.get(name) ?? 0) % keys.length;
    if (take) this.turns.set(name, turn + 1);
    const inTurn = [...keys.slice(turn), ...keys.slice(0, turn)];
    return inTurn.sort((one, other) => this.inFlight(name, one) - this.inFlight(name, other));
  }

  private inFlight(provider: string, key: ProviderKey): number {
    return this.meter.inFlight(`${provider}#${key.hint}`);
  }
}
