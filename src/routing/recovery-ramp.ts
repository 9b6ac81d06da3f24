import { Injectable } from '@nestjs/common';
import type { Candidate } from './candidate.js';

/** The share of traffic that a recovered target gets, and for how long. */
const STAGES = [
  { untilMs: 2_000, share: 0.1 },
  { untilMs: 4_000, share: 0.5 },
] as const;
/** Below this many requests a second there is nothing that could stampede. */
const LIGHT_TRAFFIC = 5;

interface Recovering {
  readonly since: number;
  seen: number;
  admitted: number;
}

/** Lets the traffic back onto a recovered target in steps, so that it is not run over by all who waited. */
@Injectable()
export class RecoveryRamp {
  private readonly recovering = new Map<string, Recovering>();

  begin(id: string, now: number): void {
    this.recovering.set(id, { since: now, seen: 0, admitted: 0 });
  }

  /** Whether this request is among those that the candidate may have already. Counts the request: ask once for each. */
  admits({ ids }: Candidate, now: number): boolean {
    if (this.recovering.size === 0) return true;
    return this.admitsId(ids.provider, now) && this.admitsId(ids.target, now);
  }

  private admitsId(id: string, now: number): boolean {
    const found = this.recovering.get(id);
    if (found === undefined) return true;
    const age = now - found.since;
    const stage = STAGES.find(({ untilMs }) => age < untilMs);
    if (stage === undefined) {
      this.recovering.delete(id);
      return true;
    }
    found.seen++;
    const isLight = found.seen <= LIGHT_TRAFFIC * Math.ceil((age + 1) / 1000);
    if (!isLight && found.admitted >= stage.share * found.seen) return false;
    found.admitted++;
    return true;
  }
}
