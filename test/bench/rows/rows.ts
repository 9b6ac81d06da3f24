import type { BodyShape } from '../bodies.ts';
import { concurrentRow } from './concurrent-row.ts';
import { cpuRow } from './cpu-row.ts';
import { failoverRow } from './failover-row.ts';
import { latencyRow } from './latency-row.ts';
import type { Row } from './row.ts';
import { slopeRow } from './slope-row.ts';

const TEXT: BodyShape = { kind: 'text', bytes: 1024 };
const CONCURRENCY = 16;
/** Streams with gaps wait most of the time: more of them fill the core. */
const PACED_CONCURRENCY = 48;

const STREAM_BEHAVIOURS = { 10: 'stream-10', 100: 'stream-100', 1000: 'stream-1000' } as const;

/** Everything that is measured, in the order of the table. The targets are those of the contract. */
export const ROWS: readonly Row[] = [
  cpuRow({
    name: 'chat-1kb',
    title: 'chat, 1 KB, not streamed',
    quick: true,
    one: { behaviour: 'json', body: TEXT },
    concurrency: CONCURRENCY,
    target: 2.5,
    portkeyTarget: 0.33,
  }),
  cpuRow({
    name: 'chat-10kb',
    title: 'chat, 10 KB, not streamed',
    quick: false,
    one: { behaviour: 'json', body: { kind: 'text', bytes: 10_240 } },
    concurrency: CONCURRENCY,
  }),
  cpuRow({
    name: 'chat-400',
    title: 'conversation of 400 messages',
    quick: true,
    one: { behaviour: 'json', body: { kind: 'conversation', messages: 400 } },
    concurrency: CONCURRENCY,
    target: 3,
  }),
  cpuRow({
    name: 'chat-1mb',
    title: 'chat with a base64 image of 1 MB',
    quick: true,
    one: { behaviour: 'json', body: { kind: 'image', bytes: 2 ** 20 } },
    concurrency: CONCURRENCY,
  }),
  cpuRow({
    name: 'cache-hit',
    title: 'chat, 1 KB, answered from the cache',
    quick: false,
    one: { behaviour: 'json', body: TEXT, cached: true },
    concurrency: CONCURRENCY,
  }),
  cpuRow({
    name: 'stream',
    title: 'stream of 100 chunks at once, same format',
    quick: true,
    one: { behaviour: 'stream-100', body: TEXT },
    concurrency: CONCURRENCY,
    target: 1.3,
  }),
  cpuRow({
    name: 'stream-gaps',
    title: 'stream of 100 chunks 3 ms apart, same format',
    quick: true,
    one: { behaviour: 'stream-100-gap-3', body: TEXT },
    concurrency: PACED_CONCURRENCY,
    target: 1.3,
  }),
  cpuRow({
    name: 'stream-translated',
    title: 'stream of 100 chunks at once, Anthropic to OpenAI',
    quick: true,
    one: { behaviour: 'anthropic-100', body: TEXT },
    concurrency: CONCURRENCY,
    target: 2,
  }),
  cpuRow({
    name: 'translated-gaps',
    title: 'stream of 100 chunks 3 ms apart, Anthropic to OpenAI',
    quick: false,
    one: { behaviour: 'anthropic-100-gap-3', body: TEXT },
    concurrency: PACED_CONCURRENCY,
    target: 2,
  }),
  latencyRow({
    name: 'first-token-idle',
    title: 'time to first token, one stream at a time',
    quick: true,
    one: { behaviour: 'stream-10', body: TEXT },
    moment: 'first byte',
    rate: 'one-by-one',
    targets: { p50: 1, p99: 5 },
  }),
  ...([200, 500] as const).flatMap((rate) => [
    latencyRow({
      name: `latency-${String(rate)}`,
      title: `chat, 1 KB, ${String(rate)} requests/s`,
      quick: rate === 500,
      one: { behaviour: 'json', body: TEXT },
      moment: 'end',
      rate,
      ...(rate === 500 ? { portkeyTarget: 0 } : {}),
    }),
    latencyRow({
      name: `first-token-${String(rate)}`,
      title: `stream of 10 chunks, ${String(rate)} requests/s`,
      quick: false,
      one: { behaviour: 'stream-10', body: TEXT },
      moment: 'first byte',
      rate,
      ...(rate === 500 ? { portkeyTarget: 0 } : {}),
    }),
  ]),
  concurrentRow,
  failoverRow,
  slopeRow({
    name: 'per-message',
    title: 'cost of a message of a conversation',
    item: 'message',
    sizes: [10, 100, 400, 1600],
    caseOf: (messages) => ({ behaviour: 'json', body: { kind: 'conversation', messages } }),
  }),
  slopeRow({
    name: 'per-chunk',
    title: 'cost of a chunk of a stream',
    item: 'chunk',
    sizes: [10, 100, 1000],
    caseOf: (chunks) => ({
      behaviour: STREAM_BEHAVIOURS[chunks as keyof typeof STREAM_BEHAVIOURS],
      body: TEXT,
    }),
  }),
];
