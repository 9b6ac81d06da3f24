const FIRST_MS = 500;
const LONGEST_MS = 8_000;
const JITTER = { from: 0.8, to: 1.2 } as const;

/** How long to wait before the same target is asked again: 0.5 s doubling to 8 s, times 0.8 to 1.2. */
export function backoffMs(retry: number, random: number = Math.random()): number {
  const base = Math.min(FIRST_MS * 2 ** retry, LONGEST_MS);
  return base * (JITTER.from + random * (JITTER.to - JITTER.from));
}
