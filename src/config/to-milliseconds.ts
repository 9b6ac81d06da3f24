import { parseDuration } from './duration.js';

/** For a duration that was checked before, or a default. */
export function toMilliseconds(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) {
    throw new Error(`"${text}" was taken for a checked duration`);
  }
  return milliseconds;
}
