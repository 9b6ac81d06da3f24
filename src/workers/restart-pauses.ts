const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** After so long without a death all is well again. */
const CALM_MS = 60_000;

/** How long a worker that died is waited with: not at all for the first, and ever longer for those that follow soon. */
export class RestartPauses {
  private deaths = 0;
  private diedAt = -Infinity;

  /** @param now of the monotonic clock */
  next(now: number): number {
    if (now - this.diedAt >= CALM_MS) this.deaths = 0;
    this.diedAt = now;
    this.deaths++;
    return this.deaths === 1 ? 0 : Math.min(FIRST_MS * 2 ** (this.deaths - 2), LONGEST_MS);
  }
}
