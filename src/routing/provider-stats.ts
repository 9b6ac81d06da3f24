import { Injectable } from '@nestjs/common';

const SAMPLES = 128;

class Latencies {
  private readonly samples: number[] = [];
  private next = 0;

  add(milliseconds: number): void {
    this.samples[this.next] = milliseconds;
    this.next = (this.next + 1) % SAMPLES;
  }

  median(): number | null {
    if (this.samples.length === 0) return null;
    const sorted = [...this.samples].sort((one, other) => one - other);
    return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  }
}

interface Stats {
  lastFail: number | undefined;
  readonly latencies: Latencies;
}

/** What real traffic saw of each provider, for `/health`. */
@Injectable()
export class ProviderStats {
  private readonly byProvider = new Map<string, Stats>();

  /** `milliseconds`: until the whole answer, or the first content of a stream. */
  succeeded(provider: string, milliseconds: number): void {
    this.of(provider).latencies.add(milliseconds);
  }

  failed(provider: string, now: number): void {
    this.of(provider).lastFail = now;
  }

  /** Unix milliseconds. */
  lastFail(provider: string): number | null {
    return this.byProvider.get(provider)?.lastFail ?? null;
  }

  medianLatency(provider: string): number | null {
    return this.byProvider.get(provider)?.latencies.median() ?? null;
  }

  private of(provider: string): Stats {
    let stats = this.byProvider.get(provider);
    if (stats === undefined) {
      stats = { lastFail: undefined, latencies: new Latencies() };
      this.byProvider.set(provider, stats);
    }
    return stats;
  }
}
