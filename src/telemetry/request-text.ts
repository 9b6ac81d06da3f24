import { stripVTControlCharacters, styleText } from 'node:util';

/** Members of a line that tells a request, as `RequestLine` and `AccessLog` write them. */
type Fields = Readonly<Record<string, unknown>>;
type Paint = (colour: 'green' | 'yellow' | 'red' | 'gray', text: string) => string;

const LONGEST_NAME = 60;
const PLAIN: Paint = (_, text) => text;
const COLOURED: Paint = (colour, text) => styleText(colour, text, { validateStream: false });

/**
 * A request in one short line for a terminal: time, status, format, model that was asked for, its attempts as marks, who
 * served, cost and time. Callers choose names and paths, so nothing of them may steer the terminal.
 */
export function toRequestText(fields: Fields, isColoured: boolean): string {
  const paint = isColoured ? COLOURED : PLAIN;
  const status = Number(fields['status']);
  const colour = status >= 500 ? 'red' : status >= 400 ? 'yellow' : 'green';
  const parts = [
    paint('gray', toClock(fields['time'])),
    paint(colour, String(status)),
    ...('format' in fields ? describeChat(fields, paint) : [clean(fields['method']), clean(fields['path'])]),
    toDuration(Number(fields['total_ms'])),
    ...(typeof fields['error'] === 'string' ? [paint(colour, clean(fields['error']))] : []),
  ];
  return `${parts.join(' ')}\n`;
}

function describeChat(fields: Fields, paint: Paint): string[] {
  const attempts = Array.isArray(fields['attempts']) ? (fields['attempts'] as Fields[]) : [];
  const marks = attempts.map(({ error }) => (error === null ? paint('green', '✓') : paint('red', '✗')));
  const isKept = fields['cache'] === 'hit';
  return [
    clean(fields['format']),
    clean(fields['requested_model'] ?? 'auto'),
    isKept ? 'cache' : marks.join('') || '-',
    clean(fields['provider'] ?? '-'),
    toMoney(fields['cost_usd']),
  ];
}

function toClock(time: unknown): string {
  const date = new Date(String(time));
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}

function toMoney(cost: unknown): string {
  return typeof cost === 'number' ? `$${cost.toFixed(cost < 0.01 ? 6 : 4)}` : '-';
}

function toDuration(milliseconds: number): string {
  return milliseconds < 1_000 ? `${String(milliseconds)}ms` : `${(milliseconds / 1_000).toFixed(1)}s`;
}

function clean(text: unknown): string {
  const plain = stripVTControlCharacters(String(text)).replaceAll(/[\p{C}\p{Z}]/gu, '?');
  return plain.length > LONGEST_NAME ? `${plain.slice(0, LONGEST_NAME)}...` : plain;
}
