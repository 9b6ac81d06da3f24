import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CALLER_KEY, ThreeVendors } from './three-vendors.js';
setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
let v: ThreeVendors;
beforeAll(async () => { v = await ThreeVendors.start(); });
afterAll(() => v.close());
for (const mode of ['discard', 'decode'])
test('probe ' + mode, { timeout: 120_000 }, async () => {
  v.vendor('anthropic').behave('huge-line-1048576');
  for (let round = 0; round < 24; round++) {
    const t0 = performance.now();
    const r = await fetch(v.url + '/v1/messages', { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${CALLER_KEY}` }, body: JSON.stringify({ model: 'anthropic/claude-haiku-4-5', max_tokens: 10, stream: true, messages: [{ role: 'user', content: 'hi' }] }) });
    const d = new TextDecoder(); let n = 0, parts = 0;
    for await (const p of r.body!) { parts++; if (mode === 'decode') n += d.decode(p, { stream: true }).length; else n += p.length; }
    const took = performance.now() - t0;
    v.vendor('anthropic').clearLog(); v.gateway.logs.lines.length = 0;
    if (round % 4 === 3) {
      gc(); const a = process.memoryUsage();
      await new Promise((s) => setImmediate(s));
      gc(); const b = process.memoryUsage();
      require('fs').appendFileSync('/tmp/probe.txt', [mode, round, n, parts, (a.heapUsed/1e6).toFixed(2), (a.external/1e6).toFixed(2), '|', (b.heapUsed/1e6).toFixed(2), (b.external/1e6).toFixed(2), took.toFixed(0)].join(' ') + '\n');
    }
  }
  expect(1).toBe(1);
});
