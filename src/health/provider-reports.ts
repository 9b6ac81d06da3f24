import { Injectable } from '@nestjs/common';
import { SettingsHolder } from '../config/settings-holder.js';
import { reachableModels } from '../routing/list-models.js';
import { RouteTable } from '../routing/route-table.js';
import { ProviderHealth, type ProviderReport } from './provider-health.js';

/** The reports of all providers that can be used by their configuration. */
@Injectable()
export class ProviderReports {
  constructor(
    private readonly settings: SettingsHolder,
    private readonly routes: RouteTable,
    private readonly health: ProviderHealth,
  ) {}

  /** Whether some provider can be used by its configuration. */
  get hasAny(): boolean {
    const { endpoints } = this.routes.routesOf(this.settings.current);
    return [...endpoints.values()].some((endpoint) => endpoint.unusable === undefined);
  }

  /** By name, in the order of the configuration. */
  all(): ReadonlyMap<string, ProviderReport> {
    const routes = this.routes.routesOf(this.settings.current);
    const reports = new Map<string, ProviderReport>();
    for (const endpoint of routes.endpoints.values()) {
      if (endpoint.unusable !== undefined) continue;
      reports.set(endpoint.name, this.health.report(endpoint, reachableModels(endpoint, routes)));
    }
    return reports;
  }
}
