import { toRequestText } from './request-text.js';

/** Turns a line of JSON into one for a person; it ends as the line does. */
export type PrettyPrinter = (line: string) => string;

const REQUEST = '"msg":"request"';

/** For a terminal. Loaded only when there is one. */
export async function loadPrettyPrinter(): Promise<PrettyPrinter> {
  const { isColorSupported, prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: isColorSupported,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{if context}{context}: {end}{msg}',
    ignore: 'context',
    errorLikeObjectKeys: ['err'],
    singleLine: true,
  });
  return (line) => {
    if (!line.includes(REQUEST)) return pretty(line);
    const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return fields['msg'] === 'request' ? toRequestText(fields, isColorSupported) : pretty(line);
  };
}
