import { startSimulator, type Simulator } from '../simulator/simulator.ts';
import { apiOf, CHAT_APIS, type ChatApi, type Upstream } from './apis.js';
import type { Recording } from './recording.js';

/** The provider of the configuration that stands for the vendor of this recording. */
export function providerOf(recording: Recording): string {
  return `${apiOf(recording)!.name.replaceAll('.', '-')}-${upstreamOf(recording).vendorOf(recording.meta)}`;
}

function upstreamOf(recording: Recording): Upstream {
  return apiOf(recording)!.upstream!;
}

/** A provider for each kind of vendor, all of them at the simulator of their API; nothing rests or is repeated. */
export function toConfig(
  recordings: readonly Recording[],
  simulators: ReadonlyMap<ChatApi, Simulator>,
): string {
  const providers = new Map<string, string>();
  for (const recording of recordings) {
    const api = apiOf(recording)!;
    const url = `${simulators.get(api)!.url}/v1`;
    providers.set(
      providerOf(recording),
      `  - { name: ${providerOf(recording)}, vendor: ${upstreamOf(recording).vendorOf(recording.meta)}, base_url: "${url}", ` +
        `api_keys: [key], models: ["*"], model: any, max_retries: 0 }`,
    );
  }
  return `routing: { cooldown: 0s, max_cooldown: 0s }\nproviders:\n${[...providers.values()].join('\n')}\n`;
}

/** A vendor for each API that the gateway reaches. */
export async function startSimulators(): Promise<ReadonlyMap<ChatApi, Simulator>> {
  const simulators = new Map<ChatApi, Simulator>();
  for (const api of CHAT_APIS)
    if (api.upstream !== undefined)
      simulators.set(api, await startSimulator({ format: api.upstream.simulator }));
  return simulators;
}
