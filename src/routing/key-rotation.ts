import { Injectable } from '@nestjs/common';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';

/** Lets the keys of a provider take turns. */
@Injectable()
export class KeyRotation {
  private readonly turns = new Map<string, number>();

  /** Index of the key to begin with. */
  next(endpoint: ProviderEndpoint): number {
    const count = endpoint.keys.length;
    if (count < 2) return 0;
    const turn = (this.turns.get(endpoint.name) ?? 0) % count;
    this.turns.set(endpoint.name, turn + 1);
    return turn;
  }
}
