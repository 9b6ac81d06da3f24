import { setFlagsFromString } from 'node:v8';

/** Of what is alive, in per cent; 0: as V8 decides, which is a tenth where the heap grows slowly. */
const OVERLOADED_PERCENT = 300;
const USUAL_PERCENT = 0;

/**
 * Lets the heap grow further in an overload before all of it is collected: that stops the process for a tenth of a second
 * where there is one core, and everybody who comes waits behind it.
 */
export function setHeapGrowth(isOverloaded: boolean): void {
  setFlagsFromString(`--heap-growing-percent=${String(isOverloaded ? OVERLOADED_PERCENT : USUAL_PERCENT)}`);
}
