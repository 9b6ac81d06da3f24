import type { Case, Lab, Subject } from './lab.ts';
import { measureCpu } from './measure.ts';

const SLICE_SECONDS = 1;
/** Two slices that differ by no more than this are the same. */
const SAME = 0.04;

/**
 * Serves a case until the CPU per request of two consecutive slices agrees, or the time for it is over: what is compiled
 * and optimised in a round would be taken for the price of a request.
 */
export async function warmUp(lab: Lab, subject: Subject, one: Case, concurrency: number): Promise<void> {
  let before = 0;
  for (let spent = 0; spent < lab.options.warmUpSeconds; spent += SLICE_SECONDS) {
    const { cpuUs } = await measureCpu(lab, subject, one, { concurrency, seconds: SLICE_SECONDS });
    if (Math.abs(cpuUs - before) <= SAME * cpuUs) return;
    before = cpuUs;
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
