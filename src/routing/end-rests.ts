import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { ProviderSettings } from '../config/gateway-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { FailureStreaks } from './failure-streaks.js';
import { RestBook } from './rest-book.js';

/** Ends the rests of a provider when a reload changes how it is called: what failed was the old way. */
@Injectable()
export class EndRests implements OnModuleInit, OnModuleDestroy {
  private leave: (() => void) | undefined;

  constructor(
    private readonly settings: SettingsHolder,
    private readonly book: RestBook,
    private readonly streaks: FailureStreaks,
  ) {}

  onModuleInit(): void {
    this.leave = this.settings.onChange((next, previous) => {
      const before = new Map(previous.providers.map((provider) => [provider.name, provider]));
      for (const provider of next.providers) {
        const known = before.get(provider.name);
        if (known === undefined || isDeepStrictEqual(wayOf(known), wayOf(provider))) continue;
        this.book.reset(provider.name);
        this.streaks.forget(provider.name);
      }
    });
  }

  onModuleDestroy(): void {
    this.leave?.();
  }
}

/** What decides how a provider is called. What it is asked for and what it costs says nothing of that. */
function wayOf(provider: ProviderSettings): object {
  return { ...provider, model: undefined, models: undefined, prices: undefined, probeIntervalMs: undefined };
}
