/** Turns a line of JSON into one for a person; it ends as the line does. */
export type PrettyPrinter = (line: string) => string;

/** For a terminal. Loaded only when there is one. */
export async function loadPrettyPrinter(): Promise<PrettyPrinter> {
  const { isColorSupported, prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    colorize: isColorSupported,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '{if context}{context}: {end}{msg}',
    ignore: 'context',
    errorLikeObjectKeys: ['err'],
    singleLine: true,
  });
}
