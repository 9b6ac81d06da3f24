import type { Case, Lab, Subject } from './lab.ts';
import { measureCpu } from './measure.ts';

const SLICE_SECONDS = 1;
/** A slice is an advance when it needs less than the best before it by more than this share. */
const ADVANCE = 0.04;
/** So many slices without an advance are the end of it. */
const PATIENCE = 3;

/**
 * Serves a case until the CPU per request does not go down any more, or the time for it is over: what is compiled and
 * optimised in a round would be taken for the price of a request. The larger a program, the longer that takes.
 */
export async function warmUp(lab: Lab, subject: Subject, one: Case, concurrency: number): Promise<void> {
  let best = Infinity;
  let idle = 0;
  for (let spent = 0; spent < lab.options.warmUpSeconds && idle < PATIENCE; spent += SLICE_SECONDS) {
    const { cpuUs } = await measureCpu(lab, subject, one, { concurrency, seconds: SLICE_SECONDS });
    idle = cpuUs < best * (1 - ADVANCE) ? 0 : idle + 1;
    best = Math.min(best, cpuUs);
  }
}

/** Before the first row: the code of every kind of answer, so that no row meets it as the only kind there is. */
export async function warmUpAll(lab: Lab): Promise<void> {
  for (const subject of lab.pick('floor', 'sluice', 'portkey')) {
    for (const behaviour of ['json', 'stream-100', 'anthropic-100'] as const) {
      await warmUp(lab, subject, { behaviour, body: { kind: 'text', bytes: 1024 } }, 16);
    }
  }
}
