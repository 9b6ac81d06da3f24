import type { BodyShape } from '../bodies.ts';
import type { Figure } from '../figures.ts';
import { MeasureFault } from '../lab.ts';
import type { Case, Lab } from '../lab.ts';
import { runClosed } from '../measure.ts';
import { readRssBytes } from '../process-facts.ts';
import { median, toSeries } from '../statistics.ts';
import type { Row } from './row.ts';

const SAMPLE_MS = 500;
/** Growth from the second fifth of the run to the last that still counts as flat, in percent. */
const FLAT_PERCENT = 5;
const MB = 2 ** 20;
const TEXT: BodyShape = { kind: 'text', bytes: 1024 };
const MIX: readonly Case[] = [
  { behaviour: 'json', body: TEXT },
  { behaviour: 'stream-100', body: TEXT },
  { behaviour: 'anthropic-100', body: TEXT },
  { behaviour: 'json', body: { kind: 'conversation', messages: 400 } },
  { behaviour: 'stream-100-gap-3', body: TEXT },
  { behaviour: 'json', body: TEXT, failover: true },
  { behaviour: 'json', body: { kind: 'image', bytes: 2 ** 20 } },
];

/** Resident memory over a long run of everything at once. */
export const soakRow: Row = {
  name: 'soak',
  title: 'mixed load over time',
  quick: false,
  async measure(lab: Lab): Promise<Figure[]> {
    const [sluice] = lab.pick('sluice');
    if (sluice === undefined) return [];
    const seconds = lab.options.soakMinutes * 60;
    const samples: number[] = [];
    const sampler = setInterval(() => samples.push(readRssBytes(sluice.child.pid) / MB), SAMPLE_MS);
    let good: number;
    try {
      ({ good } = await runClosed(lab, sluice, MIX, { concurrency: 16, seconds }));
    } finally {
      clearInterval(sampler);
    }
    if (samples.length < 10) throw new MeasureFault('sluice: too short for a statement about memory');
    const fifth = (index: number): number =>
      median(samples.slice((samples.length * index) / 5, (samples.length * (index + 1)) / 5));
    const early = fifth(1);
    const late = fifth(4);
    const one = (value: number) => ({ sluice: toSeries([value]) });
    const row = 'soak';
    return [
      { row, label: 'requests, all answered', unit: '', values: one(good) },
      { row, label: 'RSS in the second fifth', unit: 'MB', values: one(early) },
      { row, label: 'RSS in the last fifth', unit: 'MB', values: one(late) },
      { row, label: 'highest RSS', unit: 'MB', values: one(Math.max(...samples)) },
      { row, label: 'growth', unit: '%', values: one((late / early - 1) * 100), target: FLAT_PERCENT },
    ];
  },
};
