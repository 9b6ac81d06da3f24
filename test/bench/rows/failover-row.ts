import type { BodyShape } from '../bodies.ts';
import type { Figure } from '../figures.ts';
import type { Case, Lab } from '../lab.ts';
import { runClosed } from '../measure.ts';
import { median, toSeries } from '../statistics.ts';
import { warmUp } from '../warm-up.ts';
import type { Row } from './row.ts';

const TARGET_MS = 5;
const BODY: BodyShape = { kind: 'text', bytes: 1024 };
const PLAIN: Case = { behaviour: 'json', body: BODY };
const FAILOVER: Case = { ...PLAIN, failover: true };

/** What a first provider that refuses the connection adds, without retries, one request at a time. */
export const failoverRow: Row = {
  name: 'failover',
  title: 'failover after a refused connection',
  quick: true,
  async measure(lab: Lab): Promise<Figure[]> {
    const count = Math.max(50, Math.round(lab.options.seconds * 150));
    const [sluice] = lab.pick('sluice');
    if (sluice === undefined) return [];
    const latency = async (one: Case): Promise<number> => {
      const { totals } = await runClosed(lab, sluice, [one], { concurrency: 1, seconds: 0, count }, true);
      return median(totals);
    };
    for (const one of [PLAIN, FAILOVER]) await warmUp(lab, sluice, one, 1);
    const without: number[] = [];
    const added: number[] = [];
    for (let round = 0; round < lab.options.rounds; round += 1) {
      const plain = await latency(PLAIN);
      without.push(plain);
      added.push((await latency(FAILOVER)) - plain);
    }
    return [
      { row: 'failover', label: 'without it, p50', unit: 'ms', values: { sluice: toSeries(without) } },
      {
        row: 'failover',
        label: 'added, p50',
        unit: 'ms',
        values: { sluice: toSeries(added) },
        target: TARGET_MS,
      },
    ];
  },
};
