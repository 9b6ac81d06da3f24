const NANO_PER_USD = 1e9;

/** Nano-dollars as people write them: at least two decimals, and as many as there are. */
export function formatUsd(nano: number): string {
  return `$${(nano / NANO_PER_USD).toFixed(9).replace(/0{1,7}$/, '')}`;
}
