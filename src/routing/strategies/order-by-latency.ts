import type { TargetFigures } from '../target-meter.js';
import { targetName, type Target } from '../route-table.js';

/** How much a failed call weighs against a slow one: at an error rate of a half a target counts as three times as slow. */
const ERROR_PENALTY = 4;

/**
 * Fastest first by time to first token, stretched by the error rate. A target that was never asked goes first, so that
 * it gets a figure; on an exploring turn the one that was asked least does, so that old figures are renewed.
 */
export function orderByLatency(
  targets: readonly Target[],
  figuresOf: (target: string) => TargetFigures,
  isExploring: boolean,
): readonly Target[] {
  const scored = targets.map((target) => {
    const { firstTokenMs, errorRate, requests } = figuresOf(targetName(target));
    return {
      target,
      requests,
      score: firstTokenMs === null ? errorRate : firstTokenMs * (1 + ERROR_PENALTY * errorRate),
    };
  });
  scored.sort((one, other) => one.score - other.score);
  if (isExploring) {
    const least = scored.reduce(
      (found, entry) => (entry.requests < found.requests ? entry : found),
      scored[0] ?? noScore(),
    );
    return [least, ...scored.filter((entry) => entry !== least)].map(({ target }) => target);
  }
  return scored.map(({ target }) => target);
}

function noScore(): never {
  throw new Error('a level has at least one target');
}
