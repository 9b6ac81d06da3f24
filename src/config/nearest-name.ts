import { closestMatch } from 'leven';

/** The known name that a mistyped one most likely means, or undefined when none is close. */
function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  // A third of the letters may differ; more would suggest names that have nothing to do with each other.
  const maxDistance = Math.max(2, Math.floor(wanted.length / 3));
  const byLowerCase = new Map(known.map((candidate) => [candidate.toLowerCase(), candidate]));
  const match = closestMatch(wanted, [...byLowerCase.keys()], { maxDistance });
  return match === undefined ? undefined : byLowerCase.get(match);
}

/** ` (did you mean "x"?)`, or nothing. */
export function suggestion(name: unknown, known: readonly string[]): string {
  const nearest = typeof name === 'string' ? nearestName(name, known) : undefined;
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}
