import { randomUUID } from 'node:crypto';
import type { BuiltCode } from './built-code.ts';
import { DAY_MS } from './synthetic-rows.ts';

const BATCH = 500;

/** Ends the oldest day while batches are written one after the other, and tells how long the longest write took. */
export async function measureRetention(code: BuiltCode, days: number): Promise<void> {
  const before = await writeUntil(code, sleep(3_000));
  const begun = performance.now();
  const during = await writeUntil(code, code.prune((days - 2) * DAY_MS));
  const took = performance.now() - begun;
  const after = await writeUntil(code, sleep(3_000));
  console.log(
    `\nRetention of the oldest days: ${(took / 1000).toFixed(1)} s. Writes of ${String(BATCH)} records:`,
  );
  for (const [name, times] of [
    ['before', before],
    ['during', during],
    ['after', after],
  ] as const) {
    const sorted = [...times].sort((one, other) => one - other);
    const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
    console.log(
      `  ${name}: ${String(times.length)} writes, median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
    );
  }
}

async function writeUntil(code: BuiltCode, end: Promise<void>): Promise<readonly number[]> {
  const times: number[] = [];
  const state = { isOver: false };
  const over = end.then(() => {
    state.isOver = true;
  });
  while (!state.isOver) {
    const begun = performance.now();
    await code.store.write(Array.from({ length: BATCH }, (_, index) => makeRecord(index)));
    times.push(performance.now() - begun);
    await sleep(20);
  }
  await over;
  return times;
}

function makeRecord(index: number): object {
  return {
    id: randomUUID(),
    requestId: randomUUID(),
    at: Date.now(),
    keyId: `id-of-key-${String(index % 50)}`,
    keyName: `key-${String(index % 50)}`,
    format: 'openai-chat',
    stream: false,
    requestedModel: 'auto',
    provider: 'provider-0',
    model: 'model-0',
    status: 200,
    endReason: 'done',
    error: null,
    attempts: [
      {
        provider: 'provider-0',
        model: 'model-0',
        keyHint: 'ab12cd34',
        status: 200,
        error: null,
        startedMs: 1,
        ms: 800,
      },
    ],
    usage: { inputTokens: 1_000, outputTokens: 200 },
    usageSource: 'vendor',
    costNano: 300_000,
    priceVersion: '0.1.8',
    cache: 'miss',
    savedNano: null,
    finish: 'stop',
    queueMs: 0,
    firstTokenMs: null,
    totalMs: 802,
    overheadMs: 0.75,
  };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
