import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';
import type { GatewaySettings } from '../config/gateway-settings.js';

import { Affinity } from './affinity.js';
import { KeyRotation } from './key-rotation.js';
import { makePlan, type Plan, type PlanInputs, type PlannedRequest } from './plan.js';
import { RouteTable } from './route-table.js';
import { Strategist } from './strategies/strategist.js';
import { TargetMeter } from './target-meter.js';

/** Callers choose the names of models. */
const LONGEST_NAME = 256;
const MOST_KEPT = 256;

/** Makes the plan of each request from the configuration and from what traffic has shown. */
@Injectable()
export class Planner {
  private readonly kept = new WeakMap<GatewaySettings, WeakMap<readonly string[], QuickLRU<string, Plan>>>();

  constructor(
    private readonly routes: RouteTable,
    private readonly strategist: Strategist,
    private readonly rotation: KeyRotation,
    private readonly affinity: Affinity,
    private readonly meter: TargetMeter,
  ) {}

  /** @throws GatewayError as `makePlan` */
  plan(request: PlannedRequest, inputs: PlanInputs, settings: GatewaySettings): Plan {
    const kept = this.keptPlans(settings, inputs.allowedModels);
    const name = `${request.provider ?? ''}\n${request.model ?? ''}`;
    const isPlain = request.fallbackModels === undefined && request.preferences === undefined;
    const known = isPlain ? kept.get(name) : undefined;
    if (known !== undefined && (known.holdsFor === 'all' || inputs.isBound?.() !== true)) return known;
    const { strategist, rotation, affinity, meter } = this;
    const state = { strategist, rotation, affinity, meter };
    const plan = makePlan(request, inputs, this.routes.routesOf(settings), state);
    if (plan.holdsFor !== 'none' && name.length <= LONGEST_NAME) kept.set(name, plan);
    return plan;
  }

  /** For callers with equal rights under one configuration. */
  private keptPlans(settings: GatewaySettings, allowedModels: readonly string[]): QuickLRU<string, Plan> {
    let ofSettings = this.kept.get(settings);
    if (ofSettings === undefined) {
      ofSettings = new WeakMap();
      this.kept.set(settings, ofSettings);
    }
    let plans = ofSettings.get(allowedModels);
    if (plans === undefined) {
      plans = new QuickLRU({ maxSize: MOST_KEPT });
      ofSettings.set(allowedModels, plans);
    }
    return plans;
  }
}
