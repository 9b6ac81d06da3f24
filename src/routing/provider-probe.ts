import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, type ClockTimer } from '../common/clock.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { ModelListCaller } from '../providers/model-list-caller.js';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { RestBook } from './rest-book.js';

/**
 * Asks resting providers that have a `probe_interval` for their list of models, and ends their outage as soon as they
 * answer: the next request is then their trial.
 */
@Injectable()
export class ProviderProbe implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Probe');
  private timers: ClockTimer[] = [];
  private leave: (() => void) | undefined;

  constructor(
    private readonly settings: SettingsHolder,
    private readonly registry: ProviderRegistry,
    private readonly caller: ModelListCaller,
    private readonly book: RestBook,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.leave = this.settings.onChange(() => {
      this.restart();
    });
    this.restart();
  }

  onModuleDestroy(): void {
    this.leave?.();
    this.stop();
  }

  private restart(): void {
    this.stop();
    for (const endpoint of this.registry.endpointsOf(this.settings.current).values()) {
      const { probeIntervalMs } = endpoint.settings;
      if (probeIntervalMs === undefined || endpoint.unusable !== undefined) continue;
      const timer = this.clock.startTimer(probeIntervalMs, () => {
        void this.probe(endpoint).finally(() => {
          if (this.timers.includes(timer)) timer.refresh();
        });
      });
      this.timers.push(timer);
    }
  }

  private stop(): void {
    for (const timer of this.timers) timer.cancel();
    this.timers = [];
  }

  private async probe(endpoint: ProviderEndpoint): Promise<void> {
    if (!this.hasOutage(endpoint.name) || !(await this.caller.isAnswering(endpoint))) return;
    this.book.shorten(endpoint.name);
    this.logger.log(`${endpoint.name} answers again`);
  }

  private hasOutage(provider: string): boolean {
    for (const [id, entry] of this.book.entries()) {
      const isOwn = id === provider || id.startsWith(`${provider}/`);
      const isOutage = entry.scope === 'provider' || entry.scope === 'target';
      if (isOwn && isOutage && !entry.isRateLimit && entry.until !== Infinity) return true;
    }
    return false;
  }
}
