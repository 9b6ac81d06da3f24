import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Gauges, type GaugeSample } from '../common/gauges.js';
import { REST_SCOPES } from '../routing/candidate.js';
import { RestBook, type RestEntry } from '../routing/rest-book.js';
import { TargetMeter } from '../routing/target-meter.js';
import { ProviderReports } from './provider-reports.js';

const STATES = ['up', 'degraded', 'down'] as const;

/** What rests, what can be asked, and how busy it is, of the providers of the configuration. */
@Injectable()
export class ProviderGauges {
  constructor(
    gauges: Gauges,
    private readonly providers: ProviderReports,
    private readonly book: RestBook,
    private readonly meter: TargetMeter,
    private readonly clock: Clock,
  ) {
    gauges.add(
      {
        name: 'sluice_provider_state',
        help: '1 at the state that the provider is in, as /health shows it',
        type: 'gauge',
        labels: ['provider', 'state'],
        across: 'max',
        read: () => this.states(),
      },
      {
        name: 'sluice_provider_cooldown_seconds',
        help: 'Time until the provider is back, or whole again where only a part of it rests; 0 when nothing rests',
        type: 'gauge',
        labels: ['provider'],
        across: 'max',
        read: () => this.cooldowns(),
      },
      {
        name: 'sluice_provider_keys',
        help: 'Vendor keys: those that can be used now, those that rest, those that the vendor refused',
        type: 'gauge',
        labels: ['provider', 'state'],
        across: 'max',
        read: () => this.keys(),
      },
      {
        name: 'sluice_resting',
        help: 'What rests now, by what the rests cover',
        type: 'gauge',
        labels: ['provider', 'scope'],
        across: 'max',
        read: () => this.rests(),
      },
      {
        name: 'sluice_calls_in_flight',
        help: 'Calls to the provider that have not ended, of this process',
        type: 'gauge',
        labels: ['provider'],
        read: () => this.calls(),
      },
    );
  }

  private *states(): Iterable<GaugeSample> {
    for (const [provider, { status }] of this.providers.all()) {
      for (const state of STATES) yield { labels: [provider, state], value: Number(state === status) };
    }
  }

  private *cooldowns(): Iterable<GaugeSample> {
    const now = this.clock.now();
    for (const [provider, { cooling_until: until }] of this.providers.all()) {
      const value = until === null ? 0 : Math.max(0, Date.parse(until) - now) / 1_000;
      yield { labels: [provider], value };
    }
  }

  private *keys(): Iterable<GaugeSample> {
    const refused = countBy(this.book.entries(), ({ scope }) => scope === 'key');
    for (const [provider, { keys }] of this.providers.all()) {
      const invalid = Math.min(refused.get(provider) ?? 0, keys.total - keys.available);
      yield { labels: [provider, 'available'], value: keys.available };
      yield { labels: [provider, 'resting'], value: keys.total - keys.available - invalid };
      yield { labels: [provider, 'invalid'], value: invalid };
    }
  }

  private *rests(): Iterable<GaugeSample> {
    const entries = this.book.entries();
    for (const scope of REST_SCOPES) {
      const counts = countBy(entries, (entry) => entry.scope === scope);
      for (const [provider] of this.providers.all()) {
        yield { labels: [provider, scope], value: counts.get(provider) ?? 0 };
      }
    }
  }

  private *calls(): Iterable<GaugeSample> {
    const running = new Map<string, number>();
    for (const [id, count] of this.meter.counts) {
      // Each call stands there twice: for its target and for its key.
      if (!id.includes('/')) continue;
      const provider = providerOf(id);
      running.set(provider, (running.get(provider) ?? 0) + count);
    }
    for (const [provider] of this.providers.all()) {
      yield { labels: [provider], value: running.get(provider) ?? 0 };
    }
  }
}

/** Names of models and keys begin with that of their provider, which holds neither `/` nor `#`. */
function providerOf(id: string): string {
  return /^[^/#]*/.exec(id)?.[0] ?? id;
}

function countBy(
  entries: ReadonlyMap<string, RestEntry>,
  isCounted: (entry: RestEntry) => boolean,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [id, entry] of entries) {
    if (!isCounted(entry)) continue;
    const provider = providerOf(id);
    counts.set(provider, (counts.get(provider) ?? 0) + 1);
  }
  return counts;
}
