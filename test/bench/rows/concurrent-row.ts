import { setTimeout as sleep } from 'node:timers/promises';
import type { BodyShape } from '../bodies.ts';
import type { Figure, SubjectName } from '../figures.ts';
import { MeasureFault } from '../lab.ts';
import type { Case, Lab, Subject } from '../lab.ts';
import { runClosed, seriesOf } from '../measure.ts';
import { readCpuUs, readRssBytes } from '../process-facts.ts';
import { warmUp } from '../warm-up.ts';
import type { Row } from './row.ts';

const STREAM_COUNTS = [1, 10, 100, 1000] as const;
const TARGET_KB = 60;
const SAMPLE_MS = 20;
const BODY: BodyShape = { kind: 'text', bytes: 1024 };
const WARM_UP: Case = { behaviour: 'stream-100', body: BODY };

interface ConcurrentRound {
  readonly completed: number;
  readonly cpuUs: number;
  readonly rssKbPerStream: number;
  readonly seconds: number;
}

/**
 * Streams that are open at the same time: the upstream holds each after its first chunk until all are there. Each
 * round has fresh processes, because a heap that has grown once does not grow again.
 */
export const concurrentRow: Row = {
  name: 'concurrent',
  title: '1 to 1,000 concurrent streams of 50 chunks, 40 ms apart',
  quick: true,
  async measure(lab: Lab): Promise<Figure[]> {
    const { quick, rounds } = lab.options;
    const counts = quick ? STREAM_COUNTS.slice(-1) : STREAM_COUNTS;
    const results = counts.map(() => new Map<SubjectName, ConcurrentRound[]>());
    // A round takes half a minute: as many as elsewhere would be the longest part of a run.
    const fewer = quick ? 1 : Math.min(rounds, Math.max(2, Math.ceil(rounds / 3)));
    for (let round = 0; round < fewer; round += 1) {
      for (const { name } of lab.pick('floor', 'sluice', 'portkey')) {
        const subject = await lab.start(name);
        try {
          const baseline = await settle(lab, subject);
          for (const [index, count] of counts.entries()) {
            const all = results[index];
            all?.set(name, [...(all.get(name) ?? []), await measureStreams(lab, subject, count, baseline)]);
          }
        } finally {
          await subject.child.stop();
        }
      }
    }
    return counts.flatMap((count, index) => toFigures(count, results[index] ?? new Map()));
  },
};

/** Warms up and gives the resident bytes of the idle process. */
async function settle(lab: Lab, subject: Subject): Promise<number> {
  await warmUp(lab, subject, WARM_UP, 16);
  await sleep(300);
  return readRssBytes(subject.child.pid);
}

async function measureStreams(
  lab: Lab,
  subject: Subject,
  count: (typeof STREAM_COUNTS)[number],
  baseline: number,
): Promise<ConcurrentRound> {
  const { pid } = subject.child;
  let peak = baseline;
  const sampler = setInterval(() => {
    peak = Math.max(peak, readRssBytes(pid));
  }, SAMPLE_MS);
  const cpuBefore = readCpuUs(pid);
  try {
    const one: Case = { behaviour: `stream-50-gap-40-hold-${count}`, body: BODY };
    const { good, seconds, peakStreams } = await runClosed(lab, subject, [one], {
      concurrency: count,
      seconds: 0,
      count,
    });
    if (peakStreams < count) {
      throw new MeasureFault(`${subject.name}: ${String(peakStreams)} of ${String(count)} streams at a time`);
    }
    return {
      completed: good,
      cpuUs: (readCpuUs(pid) - cpuBefore) / good,
      rssKbPerStream: (peak - baseline) / 1024 / count,
      seconds,
    };
  } finally {
    clearInterval(sampler);
  }
}

function toFigures(count: number, results: ReadonlyMap<SubjectName, readonly ConcurrentRound[]>): Figure[] {
  const row = 'concurrent';
  const prefix = `${count.toLocaleString('en')} streams:`;
  const figures: Figure[] = [
    {
      row,
      label: `${prefix} completed`,
      unit: '',
      values: seriesOf(results, ({ completed }) => completed),
      better: 'more',
    },
    {
      row,
      label: `${prefix} all took`,
      unit: 's',
      values: seriesOf(results, ({ seconds }) => seconds),
    },
  ];
  if (count >= 100) {
    figures.push(
      {
        row,
        label: `${prefix} CPU per stream`,
        unit: 'µs',
        values: seriesOf(results, ({ cpuUs }) => cpuUs),
      },
      {
        row,
        label: `${prefix} RSS growth per stream`,
        unit: 'KB',
        values: seriesOf(results, ({ rssKbPerStream }) => rssKbPerStream),
        target: count === 1000 ? TARGET_KB : undefined,
      },
    );
  }
  return figures;
}
