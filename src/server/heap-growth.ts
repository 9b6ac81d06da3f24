import { setFlagsFromString } from 'node:v8';

/**
 * Of what is alive, in per cent. V8's own is a tenth where a heap grows as slowly as here: at full work all of it would be
 * collected every two to three seconds.
 */
const USUAL_PERCENT = 50;
const OVERLOADED_PERCENT = 300;

/**
 * Lets the heap grow before all of it is collected, and further in an overload: that stops the process for a tenth of a
 * second where there is one core, and everybody who comes waits behind it.
 */
export function setHeapGrowth(isOverloaded: boolean): void {
  setFlagsFromString(`--heap-growing-percent=${String(isOverloaded ? OVERLOADED_PERCENT : USUAL_PERCENT)}`);
}
