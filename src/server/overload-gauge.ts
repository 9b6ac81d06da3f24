/** Pressure that lasts no longer than this is a burst, which is better worked off than refused. */
const BURST_MS = 2_000;

/** An overload is over once the pressure was below half of the limit for so long. */
const CALM_MS = 1_000;

/** After this long without a reading nobody knows what was in between. */
const LONGEST_GAP_MS = 500;

/**
 * Tells an overload from a burst. Pressure is how long new work waits for the event loop; above the limit for two
 * seconds without a break, it is an overload: from then on whoever comes while it is above the limit is refused, until
 * it has been below half of the limit for a second. So a thousand requests that come at once are all served, and under
 * a load that does not end the wait stays at the limit instead of growing.
 */
export class OverloadGauge {
  private pressedSince: number | undefined;
  private calmSince: number | undefined;
  private readAt = -Infinity;
  private overloaded = false;

  /**
   * Takes a reading; there is one for each request that comes. All times are milliseconds.
   * @param limitMs 0: nothing is an overload
   * @returns whether this request has to be refused
   */
  read(pressureMs: number, limitMs: number, now: number): boolean {
    if (now - this.readAt > LONGEST_GAP_MS) this.pressedSince = undefined;
    this.readAt = now;
    const isAbove = limitMs > 0 && pressureMs > limitMs;
    if (this.overloaded) this.readOverload(pressureMs <= limitMs / 2 || limitMs === 0, now);
    else this.readCalm(isAbove, now);
    return this.overloaded && isAbove;
  }

  private readCalm(isAbove: boolean, now: number): void {
    if (!isAbove) {
      this.pressedSince = undefined;
      return;
    }
    this.pressedSince ??= now;
    if (now - this.pressedSince < BURST_MS) return;
    this.overloaded = true;
    this.calmSince = undefined;
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
  }
}
