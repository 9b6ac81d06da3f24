/** Pressure that lasts no longer than this is a burst, which is better worked off than refused. */
const BURST_MS = 2_000;

/** So is what comes while less than this share of the requests that the process takes is in flight, */
const BURST_SHARE = 0.5;

/** or has not grown for so long: those who come at once are all there sooner. */
const GROWTH_MS = 300;

/** Growth is looked at this often. */
const SAMPLE_MS = 100;

/** In an overload nobody waits longer than this: who does is kept by the garbage collector, which stops everybody. */
const OVERLOADED_WAIT_MS = 25;

/** An overload is over once the pressure was below half of what it allows for so long. */
const CALM_MS = 1_000;

/** After this long without a reading nobody knows what was in between. */
const LONGEST_GAP_MS = 500;

/** One for each request that comes. */
export interface OverloadReading {
  /** Milliseconds that new work waits for the event loop. */
  readonly pressureMs: number;
  /** What it may wait while all is well; 0: as long as it takes. */
  readonly limitMs: number;
  /** Requests that the process has. */
  readonly inFlight: number;
  /** As many as it takes. */
  readonly maxInFlight: number;
  /** Milliseconds. */
  readonly now: number;
}

/** For how long something has grown without a break. */
class Growth {
  private amount = 0;
  private sampledAt = -Infinity;
  private since = -Infinity;

  /** Milliseconds. */
  read(amount: number, now: number): number {
    if (now - this.sampledAt >= SAMPLE_MS) {
      if (amount <= this.amount || now - this.sampledAt > LONGEST_GAP_MS) this.since = now;
      this.amount = amount;
      this.sampledAt = now;
    }
    return now - this.since;
  }
}

/**
 * Tells an overload from a burst. It begins when new work has to wait for more than the limit for two seconds without
 * a break, when the process is full of work that waits, or when it is half full and there has been more of it for three
 * tenths of a second without a break. From then on whoever would wait longer than 25
 * milliseconds is refused, until the wait has been below half of that for a second. So a thousand requests that come at once
 * are all served, and under a load that does not end those that are taken are served soon.
 */
export class OverloadGauge {
  private readonly growth = new Growth();
  private pressedSince: number | undefined;
  private calmSince: number | undefined;
  private readAt = -Infinity;
  private overloaded = false;

  /** @param onChange hears when an overload begins and when it is over */
  constructor(private readonly onChange: (isOverloaded: boolean) => void) {}

  /** @returns milliseconds beyond which who comes now may not wait, and does; `undefined`: it may come in */
  read({ pressureMs, limitMs, inFlight, maxInFlight, now }: OverloadReading): number | undefined {
    if (now - this.readAt > LONGEST_GAP_MS) this.pressedSince = undefined;
    this.readAt = now;
    const shortMs = Math.min(limitMs, OVERLOADED_WAIT_MS);
    const isGrowing = this.growth.read(inFlight, now) >= GROWTH_MS;
    const isFull = inFlight >= maxInFlight * (isGrowing ? BURST_SHARE : 1);
    if (this.overloaded) this.readOverload(pressureMs <= shortMs / 2 || limitMs === 0, now);
    else if (limitMs > 0) this.readCalm(pressureMs > limitMs, isFull && pressureMs > shortMs, now);
    return this.overloaded && limitMs > 0 && pressureMs > shortMs ? shortMs : undefined;
  }

  private readCalm(isAbove: boolean, isStuffed: boolean, now: number): void {
    if (isAbove) this.pressedSince ??= now;
    else this.pressedSince = undefined;
    const isLasting = this.pressedSince !== undefined && now - this.pressedSince >= BURST_MS;
    if (!isLasting && !isStuffed) return;
    this.overloaded = true;
    this.calmSince = undefined;
    this.onChange(true);
  }

  /** Also a time without any request is a calm one. */
  private readOverload(isLow: boolean, now: number): void {
    if (!isLow) {
      this.calmSince = undefined;
      return;
    }
    this.calmSince ??= now;
    if (now - this.calmSince < CALM_MS) return;
    this.overloaded = false;
    this.pressedSince = undefined;
    this.onChange(false);
  }
}
