import { Injectable } from '@nestjs/common';

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
  /** Counts of the running stage: what the stage before held back is not made up for. */
  stage: { readonly share: number; seen: number; admitted: number };
}

/**
 * Lets the traffic back onto what has recovered in steps, so that it is not run over by all who waited. What rested is
 * known by its name: a provider, a target, a key, or a key for one model.
 */
@Injectable()
export class RecoveryRamp {
  private readonly recovering = new Map<string, Recovering>();

  begin(id: string, now: number): void {
    this.recovering.set(id, { since: now, seen: 0, stage: { share: STAGES[0].share, seen: 0, admitted: 0 } });
  }

  /** Nothing is recovering. */
  get isIdle(): boolean {
    return this.recovering.size === 0;
  }

  /** Whether a request is among those that it may have already. Counts the request: to be asked once for each. */
  admits(id: string, now: number): boolean {
    const found = this.recovering.get(id);
    if (found === undefined) return true;
    const age = now - found.since;
    const stage = STAGES.find(({ untilMs }) => age < untilMs);
    if (stage === undefined) {
      this.recovering.delete(id);
      return true;
    }
    if (found.stage.share !== stage.share) found.stage = { share: stage.share, seen: 0, admitted: 0 };
    found.seen++;
    found.stage.seen++;
    const isLight = found.seen <= LIGHT_TRAFFIC * Math.ceil((age + 1) / 1000);
    if (!isLight && found.stage.admitted >= stage.share * found.stage.seen) return false;
    found.stage.admitted++;
    return true;
  }
}
