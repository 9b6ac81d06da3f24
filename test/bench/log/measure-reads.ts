import type { BuiltCode } from './built-code.ts';
import { DAY_MS } from './synthetic-rows.ts';

const ROUNDS = 9;
const PAGE = 50;

type Read = () => Promise<{ readonly length: number }>;

/**
 * Every kind of read: the first time, and the median and the best of those after it, in milliseconds. The best is what it
 * takes where nobody else is at work.
 */
export async function measureReads(code: BuiltCode): Promise<void> {
  const reads = await listReads(code);
  console.log('\n| read | rows | first | median | best |\n| --- | ---: | ---: | ---: | ---: |');
  for (const [name, read] of reads) {
    const times: number[] = [];
    let rows = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      const begun = performance.now();
      rows = (await read()).length;
      times.push(performance.now() - begun);
    }
    const [first = 0, ...others] = times;
    const [best = 0] = others.sort((one, other) => one - other);
    const median = others[Math.floor(ROUNDS / 2)] ?? 0;
    const figures = [first, median, best].map((time) => time.toFixed(1));
    console.log(`| ${name} | ${String(rows)} | ${figures.join(' | ')} |`);
  }
}

async function listReads(code: BuiltCode): Promise<readonly (readonly [string, Read])[]> {
  const now = Date.now();
  const page =
    (filter: object, limit = PAGE): Read =>
    async () =>
      (await code.requests.page(filter, undefined, limit)).rows;
  const status = (least: number, most = least) => ({ status: { least, most } });
  const middle = { from: now - 16 * DAY_MS, to: now - 15 * DAY_MS };
  const first = await code.requests.page({ to: now - 20 * DAY_MS }, undefined, PAGE);
  const [row] = first.rows;
  const requestId = row?.request_id ?? '';
  const today = now - (now % DAY_MS);
  const month = { from: today - 30 * DAY_MS, to: undefined };
  const hours = { from: today - 20.5 * DAY_MS, to: today - 10.5 * DAY_MS };
  const usage =
    (...groups: string[]): Read =>
    async () =>
      (await code.usage.page(month, groups, undefined, 500)).rows;
  return [
    ['newest', page({})],
    ['newest, 500', page({}, 500)],
    ['second page', async () => (await code.requests.page({}, first.next, PAGE)).rows],
    ['a day in the middle', page(middle)],
    ['key, busy', page({ key: 'key-0' })],
    ['key, quiet', page({ key: 'key-299' })],
    ['key that is unknown', page({ key: 'nobody' })],
    ['model', page({ model: 'model-3' })],
    ['provider', page({ provider: 'provider-2' })],
    ['provider that is unknown', page({ provider: 'nobody' })],
    ['status=429', page(status(429))],
    ['status=413, a handful', page(status(413))],
    ['status=418, never', page(status(418))],
    ['status=4xx', page(status(400, 499))],
    ['status=2xx', page(status(200, 299))],
    ['end_reason=stalled', page({ endReason: 'stalled' })],
    ['end_reason=shutdown, never', page({ endReason: 'shutdown' })],
    ['busy key, status=402, rare', page({ key: 'key-0', ...status(402) })],
    ['busy key, status=401, never', page({ key: 'key-0', ...status(401) })],
    ['busy key, status=5xx', page({ key: 'key-0', ...status(500, 599) })],
    ['quiet key, status=504', page({ key: 'key-299', ...status(504) })],
    ['busy key, its model', page({ key: 'key-0', model: 'model-0' })],
    ['busy key, a model it never used', page({ key: 'key-0', model: 'model-20' })],
    ['busy key, provider of its fallbacks', page({ key: 'key-0', provider: 'provider-4' })],
    ['model, provider that never served it', page({ model: 'model-0', provider: 'provider-3' })],
    ['key, model, status=413', page({ key: 'key-0', model: 'model-0', ...status(413) })],
    ['busy key, status=2xx, a day in the middle', page({ key: 'key-0', ...status(200, 299), ...middle })],
    ['one request', async () => ((await code.requests.find(requestId)) === undefined ? [] : [1])],
    [
      'one request that is unknown',
      async () => ((await code.requests.find('nobody')) === undefined ? [] : [1]),
    ],
    ['usage, total', usage()],
    [
      'usage by model, from noon to noon',
      async () => (await code.usage.page(hours, ['model'], undefined, 500)).rows,
    ],
    ['usage by day', usage('day')],
    ['usage by model', usage('model')],
    ['usage by provider, key', usage('provider', 'key')],
    ['usage by model, provider, key, day', usage('model', 'provider', 'key', 'day')],
    ['spent by a key in 30 days', async () => [await code.spending.spentSince('id-of-key-0', month.from)]],
  ];
}
