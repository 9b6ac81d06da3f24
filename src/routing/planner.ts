import { Injectable } from '@nestjs/common';
import type { GatewaySettings } from '../config/gateway-settings.js';
import { Affinity } from './affinity.js';
import { KeyRotation } from './key-rotation.js';
import { makePlan, type Plan, type PlanInputs, type PlannedRequest } from './plan.js';
import { RouteTable } from './route-table.js';
import { Strategist } from './strategies/strategist.js';
import { TargetMeter } from './target-meter.js';

/** Makes the plan of each request from the configuration and from what traffic has shown. */
@Injectable()
export class Planner {
  constructor(
    private readonly routes: RouteTable,
    private readonly strategist: Strategist,
    private readonly rotation: KeyRotation,
    private readonly affinity: Affinity,
    private readonly meter: TargetMeter,
  ) {}

  /** @throws GatewayError as `makePlan` */
  plan(request: PlannedRequest, inputs: PlanInputs, settings: GatewaySettings): Plan {
    const { strategist, rotation, affinity, meter } = this;
    return makePlan(request, inputs, this.routes.routesOf(settings), {
      strategist,
      rotation,
      affinity,
      meter,
    });
  }
}
