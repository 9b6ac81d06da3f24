import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSimulator } from '../simulator/simulator.ts';
import { Child, findFreePort } from './child.ts';
import { nowMs } from './clock.ts';
import { readRssBytes } from './process-facts.ts';

/**
 * Mixed load for a long time: whole answers and streams of three formats, callers that leave, vendors that fail, hits
 * of the cache. Shows whether memory and handles stay flat.
 */

const FAULTS = [
  'status-500',
  'status-429;retry-after=1',
  'reset',
  'cut-2',
  'error-1',
  'bad-json',
  'drip-5',
  'no-end',
];
const PATHS = ['/v1/chat', '/v1/chat/completions', '/v1/messages', '/v1/responses'];
const MEGABYTE = 1024 ** 2;

interface Sample {
  readonly minute: number;
  readonly requests: number;
  readonly rssMb: number;
  readonly handles: number;
}

const counts = { requests: 0, whole: 0, failed: 0, left: 0, broken: 0, hits: 0 };

/** One request; in one of eight the caller leaves, one in five may be answered from the cache. */
async function ask(url: string, turn: number): Promise<void> {
  const path = PATHS[turn % PATHS.length] ?? '';
  const leaves = turn % 8 === 3;
  const stream = turn % 3 !== 0;
  const isRepeated = turn % 5 === 0;
  const content = isRepeated
    ? `question ${String(turn % 200)}`
    : `question ${String(turn)} ${'x'.repeat(turn % 900)}`;
  const input = path === '/v1/responses' ? { input: content } : { messages: [{ role: 'user', content }] };
  const leaving = new AbortController();
  counts.requests += 1;
  try {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(isRepeated ? { 'x-sluice-cache-ttl': '60s' } : {}) },
      body: JSON.stringify({ ...input, model: 'auto', max_tokens: 100, stream }),
      signal: leaving.signal,
    });
    if (response.headers.get('x-sluice-cache') === 'hit') counts.hits += 1;
    if (leaves) {
      setTimeout(() => {
        leaving.abort();
      }, turn % 40);
    }
    await response.text();
    if (response.ok) counts.whole += 1;
    else counts.failed += 1;
  } catch {
    if (leaving.signal.aborted) counts.left += 1;
    else counts.broken += 1;
  }
}

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});
const minutes = Number(options.minutes);
const rate = Number(options.rate);
const folder = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
const vendors = await Promise.all([
  startSimulator({ format: 'openai', log: false, chunks: 20, chunkDelayMs: 3 }),
  startSimulator({ format: 'anthropic', log: false, chunks: 20, chunkDelayMs: 3 }),
  startSimulator({ format: 'gemini', log: false, chunks: 20, chunkDelayMs: 3 }),
]);
const [openai, anthropic, gemini] = vendors;
writeFileSync(
  join(folder, 'gateway.json'),
  JSON.stringify({
    providers: [
      {
        name: 'openai',
        vendor: 'openai',
        base_url: `${openai.url}/v1`,
        api_keys: ['a', 'b'],
        model: 'gpt-4o-mini',
      },
      {
        name: 'anthropic',
        vendor: 'anthropic',
        base_url: anthropic.url,
        api_keys: ['c'],
        model: 'claude-haiku-4-5',
      },
      {
        name: 'gemini',
        vendor: 'gemini',
        base_url: `${gemini.url}/v1beta`,
        api_keys: ['d'],
        model: 'gemini-2.5-flash',
      },
    ],
    routing: {
      cooldown: '2s',
      routes: [{ name: 'auto', strategy: 'weighted', targets: ['openai', 'anthropic', 'gemini'] }],
    },
  }),
);
const port = await findFreePort();
const gateway = new Child({
  name: 'the gateway',
  parameters: [resolve('dist/main.js')],
  core: undefined,
  folder,
  environment: { PORT: String(port), GATEWAY_CONFIG: join(folder, 'gateway.json'), LOG_LEVEL: 'info' },
});
await gateway.listening(port);

const samples: Sample[] = [];
const begun = nowMs();
let turn = 0;
let nextSampleAt = begun;
while (nowMs() < begun + minutes * 60_000) {
  // Open loop: so many a second, whatever becomes of them.
  const due = ((nowMs() - begun) * rate) / 1_000;
  for (; turn < due; turn += 1) {
    void ask(`http://127.0.0.1:${String(port)}`, turn);
    if (turn % 300 === 0) {
      const fault = FAULTS[(turn / 300) % FAULTS.length] ?? 'ok';
      vendors[(turn / 300) % vendors.length]?.behave(fault, { times: 2 });
    }
  }
  if (nowMs() >= nextSampleAt) {
    nextSampleAt += 60_000;
    const sample = {
      minute: Math.round((nowMs() - begun) / 60_000),
      requests: counts.requests,
      rssMb: Math.round((readRssBytes(gateway.pid) / MEGABYTE) * 10) / 10,
      handles: readdirSync(`/proc/${String(gateway.pid)}/fd`).length,
    };
    samples.push(sample);
    console.log(JSON.stringify(sample));
  }
  await sleep(20);
}
await sleep(5_000);
const end = {
  counts,
  rssMb: Math.round(readRssBytes(gateway.pid) / MEGABYTE),
  handles: readdirSync(`/proc/${String(gateway.pid)}/fd`).length,
};
console.log(JSON.stringify(end));
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ samples, end }, null, 2));
await gateway.stop('SIGTERM');
await Promise.all(vendors.map((vendor) => vendor.close()));
rmSync(folder, { recursive: true, force: true });
