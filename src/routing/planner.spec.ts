import { describe, expect, test } from 'vitest';
import { loadSettings } from '../config/load-settings.js';
import type { GatewaySettings } from '../config/gateway-settings.js';
import { OpenaiAdapter } from '../providers/openai/openai.adapter.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Affinity } from './affinity.js';
import { KeyRotation } from './key-rotation.js';
import type { PlanInputs } from './plan.js';
import { Planner } from './planner.js';
import { RouteTable } from './route-table.js';
import { Strategist } from './strategies/strategist.js';
import { WeightedTurns } from './strategies/weighted-turns.js';
import { TargetMeter } from './target-meter.js';

const YAML = `
providers:
  - { name: one, vendor: openai, api_keys: [a], model: small, models: ['*'] }
  - { name: two, vendor: openai, api_keys: [b], model: small }
  - { name: many, vendor: openai, api_keys: [c, d], model: small }
routing:
  routes:
    - { name: pair, targets: [one, two] }
    - { name: turns, targets: [one, two], strategy: weighted }
`;

const settingsOf = (): GatewaySettings => loadSettings({ GATEWAY_CONFIG: 'a.yaml' }, () => YAML);
const ANYTHING: readonly string[] = ['*'];

function makePlanner(): Planner {
  const meter = new TargetMeter();
  return new Planner(
    new RouteTable(new ProviderRegistry([new OpenaiAdapter()])),
    new Strategist(meter, new WeightedTurns()),
    new KeyRotation(meter),
    new Affinity(),
    meter,
  );
}

const inputs = (more: Partial<PlanInputs> = {}): PlanInputs => ({
  allowedModels: ANYTHING,
  costOf: () => null,
  take: true,
  ...more,
});

describe('the planner', () => {
  test('gives requests for the same model the same plan where nothing but the configuration decides', () => {
    const [planner, settings] = [makePlanner(), settingsOf()];
    const first = planner.plan({ model: 'one/small' }, inputs(), settings);
    expect(planner.plan({ model: 'one/small' }, inputs(), settings)).toBe(first);
    expect(planner.plan({ model: 'one/large' }, inputs(), settings)).not.toBe(first);
    expect(planner.plan({ model: 'small', provider: 'one' }, inputs(), settings)).not.toBe(first);
  });

  test('plans anew after a change of the configuration, and for callers with other rights', () => {
    const [planner, settings] = [makePlanner(), settingsOf()];
    const first = planner.plan({ model: 'one/small' }, inputs(), settings);
    expect(planner.plan({ model: 'one/small' }, inputs(), settingsOf())).not.toBe(first);
    const narrow = { allowedModels: ['two/*'] };
    expect(() => planner.plan({ model: 'one/small' }, inputs(narrow), settings)).toThrow(/may not use/);
  });

  test('plans anew what its conversation may decide, its own wishes, or whose turn it is', () => {
    const [planner, settings] = [makePlanner(), settingsOf()];
    const pair = planner.plan({ model: 'pair' }, inputs(), settings);
    expect(planner.plan({ model: 'pair' }, inputs(), settings)).toBe(pair);
    const bound = inputs({ isBound: () => true, recognise: () => ({ id: 'c', isContinued: true }) });
    expect(planner.plan({ model: 'pair' }, bound, settings)).not.toBe(pair);
    expect(planner.plan({ model: 'one/small' }, bound, settings)).toBe(
      planner.plan({ model: 'one/small' }, inputs(), settings),
    );
    expect(planner.plan({ model: 'pair', preferences: { order: ['two'] } }, inputs(), settings)).not.toBe(
      pair,
    );
    expect(planner.plan({ model: 'pair', fallbackModels: ['one/large'] }, inputs(), settings)).not.toBe(pair);
    for (const model of ['turns', 'many/small']) {
      const turn = planner.plan({ model }, inputs(), settings);
      const next = planner.plan({ model }, inputs(), settings);
      expect(next.candidates[0]?.ids['key-model'], model).not.toBe(turn.candidates[0]?.ids['key-model']);
    }
  });

  test('keeps no plan under a name of any length', () => {
    const [planner, settings] = [makePlanner(), settingsOf()];
    const model = `one/${'x'.repeat(300)}`;
    const first = planner.plan({ model }, inputs(), settings);
    expect(planner.plan({ model }, inputs(), settings)).not.toBe(first);
  });
});
