/** With so many series in one metric the rest is counted together: a scrape must not grow with what callers send. */
const MOST_SERIES = 5_000;
export const OTHER = 'other';

/** The series of one metric, by the text of their labels as it stands between the braces. */
export class Series<Cell> {
  private readonly cells = new Map<string, Cell>();

  constructor(
    private readonly names: readonly string[],
    private readonly make: () => Cell,
  ) {}

  /** One value for each label, in the order of their names. An empty one is left out. */
  cell(values: readonly string[]): Cell {
    const text = writeLabels(this.names, values);
    const found = this.cells.get(text);
    if (found !== undefined) return found;
    if (this.cells.size >= MOST_SERIES && values.some((value) => value !== OTHER)) {
      return this.cell(this.names.map(() => OTHER));
    }
    const cell = this.make();
    this.cells.set(text, cell);
    return cell;
  }

  entries(): IterableIterator<[string, Cell]> {
    return this.cells.entries();
  }
}

/** `a="1",b="2"` */
export function writeLabels(names: readonly string[], values: readonly string[]): string {
  let text = '';
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? '';
    if (value === '') continue;
    text += `${text === '' ? '' : ','}${name}="${escape(value)}"`;
  }
  return text;
}

function escape(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}

/** The two lines before the samples of a metric. */
export function writeHead(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)}\n# TYPE ${name} ${type}\n`;
}

export function writeSample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${String(value)}\n` : `${name}{${labels}} ${String(value)}\n`;
}
