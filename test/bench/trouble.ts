import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSimulator } from '../simulator/simulator.ts';
import type { Simulator } from '../simulator/simulator.ts';
import { Child, findFreePort } from './child.ts';
import { nowMs } from './clock.ts';

/**
 * What becomes of small troubles with default settings. `stumble`: one provider answers 500 to everything for half a
 * second, and `outage` for three, which is longer than repeats last. `random`: three providers, each call fails with 1 % probability. Prints how many answers were whole, and how
 * much of the time each target rested.
 */

const QUESTION = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] });
const SAMPLE_MS = 50;
const STUMBLES = { stumble: 500, outage: 3_000 } as const;
const STUMBLE_AFTER_MS = 5_000;

interface Outcome {
  readonly atMs: number;
  readonly status: number;
}

interface Health {
  readonly details: Readonly<Record<string, { readonly cooling_until?: string | null }>>;
}

async function ask(url: string): Promise<number> {
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: QUESTION,
    });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

/** Asks so many times a second, whatever becomes of the requests, and watches who rests. */
async function run(
  name: string,
  vendors: readonly Simulator[],
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
  onTime: (atMs: number) => void = () => undefined,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-trouble-'));
  const providers = vendors.map(({ url }, index) => ({
    name: `vendor-${String(index + 1)}`,
    vendor: 'openai',
    base_url: `${url}/v1`,
    api_keys: ['key'],
    model: 'gpt-4o-mini',
  }));
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify({ providers }));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const gateway = new Child({
    name: 'the gateway',
    parameters: [resolve('dist/main.js')],
    core: undefined,
    folder,
    environment: { PORT: String(port), GATEWAY_CONFIG: join(folder, 'gateway.json'), LOG_LEVEL: 'error' },
  });
  await gateway.listening(port);
  const outcomes: Outcome[] = [];
  const rested = new Map<string, number>();
  let samples = 0;
  const begun = nowMs();
  let turn = 0;
  let nextSampleAt = begun;
  const pending = new Set<Promise<void>>();
  while (nowMs() < begun + seconds * 1_000) {
    const atMs = nowMs() - begun;
    onTime(atMs);
    for (; turn < (atMs * rate) / 1_000; turn += 1) {
      const asking = ask(url).then((status) => {
        outcomes.push({ atMs, status });
        pending.delete(asking);
      });
      pending.add(asking);
    }
    if (nowMs() >= nextSampleAt) {
      nextSampleAt += SAMPLE_MS;
      samples += 1;
      const health = (await (await fetch(`${url}/health`)).json()) as Health;
      for (const { name: provider } of providers) {
        const until = health.details[provider]?.cooling_until;
        if (typeof until === 'string') rested.set(provider, (rested.get(provider) ?? 0) + 1);
      }
    }
    await sleep(5);
  }
  await Promise.all(pending);
  const failed = outcomes.filter(({ status }) => status !== 200);
  const times = failed.map(({ atMs }) => atMs);
  console.log(
    JSON.stringify({
      name,
      requests: outcomes.length,
      whole: outcomes.length - failed.length,
      whole_percent: Math.round((1 - failed.length / outcomes.length) * 100_000) / 1_000,
      failed_from_ms: times.length === 0 ? null : Math.round(Math.min(...times)),
      failed_to_ms: times.length === 0 ? null : Math.round(Math.max(...times)),
      rested_percent: Object.fromEntries(
        providers.map(({ name: provider }) => [
          provider,
          Math.round(((rested.get(provider) ?? 0) / samples) * 1_000) / 10,
        ]),
      ),
    }),
  );
  await gateway.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '50' } },
});
const load = { rate: Number(options.rate), seconds: Number(options.seconds) };

for (const [name, forMs] of Object.entries(STUMBLES)) {
  const alone = await startSimulator({ format: 'openai', log: false });
  let isStumbling = false;
  await run(name, [alone], { rate: load.rate, seconds: 15 }, (atMs) => {
    const should = atMs >= STUMBLE_AFTER_MS && atMs < STUMBLE_AFTER_MS + forMs;
    if (should === isStumbling) return;
    isStumbling = should;
    if (should) alone.behave('status-500');
    else void alone.clear();
  });
  await alone.close();
}

const three = await Promise.all([1, 2, 3].map(() => startSimulator({ format: 'openai', log: false })));
for (const vendor of three) {
  vendor.script(
    Array.from({ length: 2 * load.rate * load.seconds }, () => (Math.random() < 0.01 ? 'status-500' : 'ok')),
  );
}
await run('random', three, load);
await Promise.all(three.map((vendor) => vendor.close()));
