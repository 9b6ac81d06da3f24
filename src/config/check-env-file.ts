import { StartFault } from '../common/start-fault.js';
import { readTextFile } from './read-text-file.js';

/** @throws StartFault when the working directory has a `.env` that cannot be read, as loading it would say so with a stack */
export function checkEnvFile(): void {
  try {
    readTextFile('.env');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartFault(
      `.env: found something that cannot be read (${reason}), expected a readable file or none`,
    );
  }
}
