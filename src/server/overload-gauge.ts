/** Pressure that lasts no longer than this is a burst, which is better worked off than refused. */
const BURST_MS = 2_000;

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
  /** There are as many requests as the process takes. */
  readonly isFull: boolean;
  /** Milliseconds. */
  readonly now: number;
}

/**
 * Tells an overload from a burst. It begins when new work has to wait for more than the limit for two seconds without
 * a break, or when the process is full of work that waits. From then on whoever would wait longer than 25
 * milliseconds is refused, until the wait has been below half of that for a second. So a thousand requests that come at once
 * are all served, and under a load that does not end those that are taken are served soon.
 */
export class OverloadGauge {
  private pressedSince: number | undefined;
  private calmSince: number | undefined;
  private readAt = -Infinity;
  private overloaded = false;

  /** @param onChange hears when an overload begins and when it is over */
  constructor(private readonly onChange: (isOverloaded: boolean) => void) {}

  /** @returns milliseconds beyond which who comes now may not wait, and does; `undefined`: it may come in */
  read({ pressureMs, limitMs, isFull, now }: OverloadReading): number | undefined {
    if (now - this.readAt > LONGEST_GAP_MS) this.pressedSince = undefined;
    this.readAt = now;
    const shortMs = Math.min(limitMs, OVERLOADED_WAIT_MS);
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
