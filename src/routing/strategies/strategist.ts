import { Injectable } from '@nestjs/common';
import type { RouteStrategy } from '../../config/gateway-settings.js';
import { targetName, type Target } from '../route-table.js';
import { TargetMeter } from '../target-meter.js';
import { orderByLatency } from './order-by-latency.js';
import { WeightedTurns } from './weighted-turns.js';

/** Why a target of a route with fixed priorities stands where it does. */
export const IN_ORDER = 'in the order of the route';

/** One turn in so many asks another target than the fastest, so that its figure is renewed. */
const EXPLORE_EVERY = 20;

export interface StrategyInputs {
  readonly strategy: RouteStrategy;
  /** Names the level whose turns are counted. */
  readonly group: string;
  readonly targets: readonly Target[];
  /** What this request would cost there, in any unit; `null` where the price is not known. */
  readonly costOf: (target: Target) => number | null;
  /** False: only look at what the next turn would be. */
  readonly take: boolean;
}

/** A level's targets in order, with the reason for each one's place. */
export type OrderedTargets = readonly { readonly target: Target; readonly reason: string }[];

/** Orders the targets of one priority level by the route's strategy. */
@Injectable()
export class Strategist {
  private readonly latencyTurns = new Map<string, number>();

  constructor(
    private readonly meter: TargetMeter,
    private readonly turns: WeightedTurns,
  ) {}

  order(inputs: StrategyInputs): OrderedTargets {
    const { strategy, targets, group, take, costOf } = inputs;
    switch (strategy) {
      case 'priority':
        return targets.map((target) => ({ target, reason: IN_ORDER }));
      case 'weighted':
        return this.turns
          .order(group, targets, take)
          .map((target) => ({ target, reason: `weight ${String(target.weight)}` }));
      case 'least-latency':
        return this.byLatency(inputs);
      case 'least-busy': {
        const busy = targets.map((target) => ({ target, count: this.meter.inFlight(targetName(target)) }));
        busy.sort((one, other) => one.count - other.count);
        return busy.map(({ target, count }) => ({ target, reason: `${String(count)} in flight` }));
      }
      case 'lowest-cost': {
        const priced = targets.map((target) => ({ target, cost: costOf(target) }));
        priced.sort((one, other) => (one.cost ?? Infinity) - (other.cost ?? Infinity) || 0);
        return priced.map(({ target, cost }) => ({
          target,
          reason: cost === null ? 'price not known' : 'by price',
        }));
      }
    }
  }

  private byLatency({ group, targets, take }: StrategyInputs): OrderedTargets {
    const turn = (this.latencyTurns.get(group) ?? 0) + 1;
    if (take) this.latencyTurns.set(group, turn % EXPLORE_EVERY);
    const isExploring = turn % EXPLORE_EVERY === 0;
    return orderByLatency(targets, (name) => this.meter.figures(name), isExploring).map((target) => {
      const { firstTokenMs } = this.meter.figures(targetName(target));
      const figure =
        firstTokenMs === null ? 'never asked' : `${String(Math.round(firstTokenMs))} ms to first token`;
      return { target, reason: isExploring ? `${figure}, exploring turn` : figure };
    });
  }
}
