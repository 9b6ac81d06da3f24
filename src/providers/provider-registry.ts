import { Inject, Injectable } from '@nestjs/common';
import type { GatewaySettings } from '../config/gateway-settings.js';
import { PROVIDER_ADAPTERS, type ProviderAdapter } from './provider-adapter.js';
import { ProviderEndpoint } from './provider-endpoint.js';

/** The endpoints of a configuration snapshot, prepared once for each snapshot. */
@Injectable()
export class ProviderRegistry {
  private readonly adapters = new Map<string, ProviderAdapter>();
  private readonly prepared = new WeakMap<GatewaySettings, ReadonlyMap<string, ProviderEndpoint>>();

  constructor(@Inject(PROVIDER_ADAPTERS) adapters: readonly ProviderAdapter[]) {
    for (const adapter of adapters) for (const vendor of adapter.vendors) this.adapters.set(vendor, adapter);
  }

  get vendors(): readonly string[] {
    return [...this.adapters.keys()];
  }

  /** By provider name, in priority order. */
  endpointsOf(settings: GatewaySettings): ReadonlyMap<string, ProviderEndpoint> {
    let endpoints = this.prepared.get(settings);
    if (endpoints === undefined) {
      endpoints = new Map(
        settings.providers.map((provider) => [
          provider.name,
          new ProviderEndpoint(provider, this.adapterOf(provider.vendor)),
        ]),
      );
      this.prepared.set(settings, endpoints);
    }
    return endpoints;
  }

  private adapterOf(vendor: string): ProviderAdapter {
    const adapter = this.adapters.get(vendor);
    if (adapter === undefined) throw new Error(`no adapter serves the vendor ${vendor}`);
    return adapter;
  }
}
