import { Injectable } from '@nestjs/common';
import { targetName, type Target } from '../route-table.js';

/**
 * Smooth weighted round robin, as in nginx: every target gains its weight each turn, the richest goes first and pays
 * the sum of all. Over any run of turns each target leads in the share of its weight, and never in clumps.
 */
@Injectable()
export class WeightedTurns {
  private readonly balances = new Map<string, Map<string, number>>();

  /** The targets of a group in the order of the coming turn. `take`: the turn is used up, else only looked at. */
  order(group: string, targets: readonly Target[], take: boolean): readonly Target[] {
    const held = this.balances.get(group) ?? new Map<string, number>();
    const grown = targets.map((target) => ({
      target,
      balance: (held.get(targetName(target)) ?? 0) + target.weight,
    }));
    const ordered = [...grown].sort((one, other) => other.balance - one.balance);
    const first = ordered[0];
    if (take && first !== undefined) {
      const total = targets.reduce((sum, { weight }) => sum + weight, 0);
      this.balances.set(
        group,
        new Map(
          grown.map(({ target, balance }) => [
            targetName(target),
            target === first.target ? balance - total : balance,
          ]),
        ),
      );
    }
    return ordered.map(({ target }) => target);
  }
}
