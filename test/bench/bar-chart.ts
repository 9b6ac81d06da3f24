import { TITLES } from './report.ts';
import type { SubjectName } from './figures.ts';

export interface Bar {
  readonly subject: SubjectName;
  readonly value: number;
  /** What stands behind the bar. */
  readonly label: string;
}

/** Bars side by side; the longest of a group has the full length. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const NAME_WIDTH = 70;
const BAR_WIDTH = 440;
const BAR_HEIGHT = 12;
const LINE_HEIGHT = 17;
const GROUP_GAP = 14;
const TOP = 28;
// Of middle lightness: a picture in a page does not know whether the page is light or dark.
const TEXT_COLOUR = '#768390';
const COLOURS: Readonly<Record<SubjectName, string>> = {
  direct: '#8c959f',
  floor: '#8c959f',
  sluice: '#3584e4',
  portkey: '#c77d28',
};

/** A chart of horizontal bars as an SVG document. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  const parts: string[] = [];
  let y = TOP;
  for (const group of groups) {
    y += LINE_HEIGHT;
    parts.push(text(0, y, group.title, 'font-weight="bold"'));
    const longest = Math.max(...group.bars.map(({ value }) => value));
    for (const { subject, value, label } of group.bars) {
      y += LINE_HEIGHT;
      const length = longest > 0 ? Math.max(1, Math.round((value / longest) * BAR_WIDTH)) : 1;
      const [top, colour] = [y - BAR_HEIGHT + 2, COLOURS[subject]];
      parts.push(
        text(0, y, TITLES[subject]),
        `<rect x="${String(NAME_WIDTH)}" y="${String(top)}" width="${String(length)}" height="${String(BAR_HEIGHT)}" rx="2" fill="${colour}"/>`,
        text(NAME_WIDTH + length + 8, y, label),
      );
    }
    y += GROUP_GAP;
  }
  const size = `width="${String(WIDTH)}" height="${String(y)}" viewBox="0 0 ${String(WIDTH)} ${String(y)}"`;
  const font = `font-family="system-ui, sans-serif" font-size="13" fill="${TEXT_COLOUR}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font} role="img">`,
    `<title>${escape(title)}</title>`,
    text(0, 16, title, 'font-size="15" font-weight="bold"'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function text(x: number, y: number, words: string, attributes = ''): string {
  return `<text x="${String(x)}" y="${String(y)}"${attributes === '' ? '' : ` ${attributes}`}>${escape(words)}</text>`;
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
