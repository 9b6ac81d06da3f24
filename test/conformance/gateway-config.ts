import type { Simulator } from '../simulator/simulator.ts';
import { apiOf, type ChatApi } from './apis.js';
import type { Recording } from './recording.js';

/** The provider of the configuration that stands for the vendor of this recording. */
export function providerOf(recording: Recording): string {
  return `${apiOf(recording)!.name.replaceAll('.', '-')}-${apiOf(recording)!.vendorOf(recording.meta)}`;
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
      `  - { name: ${providerOf(recording)}, vendor: ${api.vendorOf(recording.meta)}, base_url: "${url}", ` +
        `api_keys: [key], models: ["*"], model: any, max_retries: 0 }`,
    );
  }
  return `routing: { cooldown: 0s, max_cooldown: 0s }\nproviders:\n${[...providers.values()].join('\n')}\n`;
}
