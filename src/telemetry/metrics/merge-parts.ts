/** What the figures of several workers come to: what each has a share of, or what all see alike and some see first. */
export type Across = 'sum' | 'max' | 'min';

/** One metric of one process, in Prometheus' text format. */
export interface MetricPart {
  readonly name: string;
  readonly type: string;
  readonly across: Across;
  readonly text: string;
}

/** Puts the metrics of several processes together, sample by sample. */
export function mergeParts(ofProcesses: readonly (readonly MetricPart[])[]): MetricPart[] {
  const byName = Map.groupBy(ofProcesses.flat(), ({ name }) => name);
  return Array.from(byName.values(), merge).filter((part) => part !== undefined);
}

function merge(parts: readonly MetricPart[]): MetricPart | undefined {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first;
  const { across } = first;
  const head = first.text.split('\n').filter((line) => line.startsWith('#'));
  const samples = new Map<string, number>();
  for (const { text } of parts) {
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const end = line.lastIndexOf(' ');
      const name = line.slice(0, end);
      const value = toNumber(line.slice(end + 1));
      const known = samples.get(name);
      samples.set(
        name,
        known === undefined ? value : combine(isQuantile(name) ? 'max' : across, known, value),
      );
    }
  }
  const lines = Array.from(samples, ([name, value]) => `${name} ${toText(value)}`);
  return { ...first, text: [...head, ...lines, ''].join('\n') };
}

/** Quantiles cannot be added up: the worst is shown. */
function isQuantile(name: string): boolean {
  return name.includes('quantile="');
}

function combine(across: Across, one: number, other: number): number {
  // A process that has not measured anything yet.
  if (Number.isNaN(one)) return other;
  if (Number.isNaN(other)) return one;
  switch (across) {
    case 'sum':
      return one + other;
    case 'max':
      return Math.max(one, other);
    case 'min':
      return Math.min(one, other);
  }
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function toText(value: number): string {
  return value === Infinity ? '+Inf' : String(value);
}
