import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';
import type { Candidate } from './candidate.js';

/** What traffic has shown of a target. */
export interface TargetFigures {
  readonly requests: number;
  readonly failures: number;
  /** Moving average of the time to the first token, or to the whole answer, in milliseconds. */
  readonly firstTokenMs: number | null;
  /** Moving average, 0 to 1. */
  readonly errorRate: number;
  /** Of this process. */
  readonly inFlight: number;
}

interface Counters {
  requests: number;
  failures: number;
  firstTokenMs: number | null;
  errorRate: number;
}

/** Share of the newest value in a moving average. */
const LATENCY_SHARE = 0.2;
const ERROR_SHARE = 0.1;
/** With the pattern `*` callers choose the names of models, so that what is remembered of them is bounded. */
const MOST_TARGETS = 10_000;

/** A call in flight. Ending it twice does no harm. */
export class RunningCall {
  /** The call goes on after its answer was given. */
  isHeld = false;
  private isOver = false;

  constructor(private readonly onEnd: () => void) {}

  /** The call goes on after its answer was given, until the returned function is called. */
  hold(): () => void {
    this.isHeld = true;
    return () => {
      this.end();
    };
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.onEnd();
  }

  endUnlessHeld(): void {
    if (!this.isHeld) this.end();
  }
}

/** Counts calls in flight, latencies and errors of targets and keys, for the strategies and for people. */
@Injectable()
export class TargetMeter {
  private readonly counters = new QuickLRU<string, Counters>({ maxSize: MOST_TARGETS });
  private readonly running = new Map<string, number>();
  /** What other replicas have in flight, and until when that is believed. */
  private readonly remote = new Map<string, { counts: ReadonlyMap<string, number>; until: number }>();
  private remoteTotals: ReadonlyMap<string, number> = new Map();

  begin({ ids }: Candidate): RunningCall {
    this.add(ids.target, 1);
    this.add(ids.key, 1);
    this.countersOf(ids.target).requests++;
    return new RunningCall(() => {
      this.add(ids.target, -1);
      this.add(ids.key, -1);
    });
  }

  succeeded({ ids }: Candidate, firstTokenMs: number): void {
    const counters = this.countersOf(ids.target);
    counters.firstTokenMs =
      counters.firstTokenMs === null
        ? firstTokenMs
        : counters.firstTokenMs + LATENCY_SHARE * (firstTokenMs - counters.firstTokenMs);
    counters.errorRate -= ERROR_SHARE * counters.errorRate;
  }

  failed({ ids }: Candidate): void {
    const counters = this.countersOf(ids.target);
    counters.failures++;
    counters.errorRate += ERROR_SHARE * (1 - counters.errorRate);
  }

  /** By the name of a target or a key, as in `Candidate.ids`; those of other replicas included. */
  inFlight(id: string): number {
    return this.ownInFlight(id) + (this.remoteTotals.get(id) ?? 0);
  }

  /** What this process has in flight. */
  get counts(): ReadonlyMap<string, number> {
    return this.running;
  }

  /** What another replica has in flight; `until`: Unix milliseconds. */
  setRemote(origin: string, counts: ReadonlyMap<string, number>, until: number): void {
    if (counts.size > 0) this.remote.set(origin, { counts, until });
    else this.remote.delete(origin);
    this.addUpRemote();
  }

  /** Forgets the replicas that have not been heard of in time. */
  expireRemote(now: number): void {
    const gone = [...this.remote].filter(([, { until }]) => until <= now);
    if (gone.length === 0) return;
    for (const [origin] of gone) this.remote.delete(origin);
    this.addUpRemote();
  }

  figures(target: string): TargetFigures {
    const counters = this.counters.get(target) ?? newCounters();
    return { ...counters, inFlight: this.ownInFlight(target) };
  }

  private ownInFlight(id: string): number {
    return this.running.get(id) ?? 0;
  }

  private addUpRemote(): void {
    const totals = new Map<string, number>();
    for (const { counts } of this.remote.values()) {
      for (const [id, count] of counts) totals.set(id, (totals.get(id) ?? 0) + count);
    }
    this.remoteTotals = totals;
  }

  private countersOf(target: string): Counters {
    let counters = this.counters.get(target);
    if (counters === undefined) {
      counters = newCounters();
      this.counters.set(target, counters);
    }
    return counters;
  }

  private add(id: string, count: 1 | -1): void {
    const now = this.ownInFlight(id) + count;
    if (now === 0) this.running.delete(id);
    else this.running.set(id, now);
  }
}

function newCounters(): Counters {
  return { requests: 0, failures: 0, firstTokenMs: null, errorRate: 0 };
}
