import { Logger } from '@nestjs/common';
import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

const TASKS = '/proc/self/task';

/** The threads that collect and compile beside the one that serves. */
const HELPER = 'V8Worker';

/** Above that of the process: on a core that is fully used, four of them get a fifth of it together. */
const NICENESS = 12;

/**
 * Has V8's threads give way to the one that serves requests. Where they share a core with it, a full collection of the
 * heap would leave it a quarter of that for a tenth of a second, and everybody who comes would wait. Where there are
 * cores to spare nothing changes. Linux only: elsewhere threads have no priority of their own.
 */
export function yieldToRequests(): void {
  if (process.platform !== 'linux') return;
  try {
    const niceness = Math.min(getPriority() + NICENESS, constants.priority.PRIORITY_LOW);
    for (const id of readdirSync(TASKS)) {
      if (readFileSync(`${TASKS}/${id}/comm`, 'latin1').includes(HELPER)) setPriority(Number(id), niceness);
    }
  } catch (error) {
    new Logger('Server').debug({ message: "V8's threads keep their priority", err: error });
  }
}
