const NANO = 1e9;

/**
 * Whole nano-dollars as dollars. The quotient of two whole numbers is the closest number there is to the decimal
 * fraction, so JSON writes it with no digit too many.
 */
export function toDollars(nano: number): number;
export function toDollars(nano: number | null): number | null;
export function toDollars(nano: number | null): number | null {
  return nano === null ? null : nano / NANO;
}
