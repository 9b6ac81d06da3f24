import { startSimulator, type Simulator } from '../../simulator/simulator.ts';
import { ManualClock } from '../../support/manual-clock.js';
import { startGateway, type RunningGateway } from '../../support/start-gateway.js';

export type VendorName = 'openai' | 'anthropic' | 'gemini';

/** Vendor, model as callers name it, model as the vendor does. */
export const TARGETS = [
  ['openai', 'openai/gpt-4o-mini', 'gpt-4o-mini'],
  ['anthropic', 'anthropic/claude-haiku-4-5', 'claude-haiku-4-5'],
  ['gemini', 'gemini/gemini-2.5-flash', 'gemini-2.5-flash'],
] as const satisfies readonly (readonly [VendorName, string, string])[];

/** The gateway key that clients present. */
export const CALLER_KEY = 'key-of-the-caller';

export const WEATHER_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** A gateway in front of one simulated vendor of each wire format. */
export class ThreeVendors {
  private constructor(
    readonly gateway: RunningGateway,
    readonly clock: ManualClock,
    private readonly simulators: Readonly<Record<VendorName, Simulator>>,
  ) {}

  static async start(): Promise<ThreeVendors> {
    const clock = new ManualClock();
    const simulators = {
      openai: await startSimulator({ format: 'openai' }),
      anthropic: await startSimulator({ format: 'anthropic' }),
      gemini: await startSimulator({ format: 'gemini' }),
    };
    const providers = TARGETS.map(([name, , model]) => {
      const path = name === 'gemini' ? '/v1beta' : '/v1';
      const models = name === 'openai' ? [model, 'text-embedding-3-small'] : [model];
      return `  - { name: ${name}, vendor: ${name}, base_url: "${simulators[name].url}${path}", api_keys: [vendor-key-of-${name}], model: ${model}, models: ${JSON.stringify(models)}, max_retries: 0 }`;
    });
    const gateway = await startGateway({
      clock,
      yaml: `
auth:
  keys:
    - { name: client, key: ${CALLER_KEY} }
providers:
${providers.join('\n')}
`,
    });
    return new ThreeVendors(gateway, clock, simulators);
  }

  get url(): string {
    return this.gateway.url;
  }

  vendor(name: VendorName): Simulator {
    return this.simulators[name];
  }

  /** Everything as new: simulators sound, nobody resting. */
  async heal(): Promise<void> {
    await Promise.all(Object.values(this.simulators).map((simulator) => simulator.clear()));
    this.clock.advance(10 * 60_000);
    this.gateway.logs.clear();
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await Promise.all(Object.values(this.simulators).map((simulator) => simulator.close()));
  }
}
