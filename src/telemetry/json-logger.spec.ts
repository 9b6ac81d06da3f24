import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { Redactor } from '../common/redactor.js';
import { readEnvironment } from '../config/environment.js';
import { JsonLogger } from './json-logger.js';
import { loadPrettyPrinter } from './load-pretty-printer.js';

/** Where pino puts the text of a line. */
const TEXT = 'msg';

describe('the log', () => {
  let write: MockInstance<typeof process.stdout.write>;
  const redactor = new Redactor();
  redactor.learn(['the-secret-itself', 'with"quote\\and']);
  const loggers: JsonLogger[] = [];
  const loggerAt = (level: string): JsonLogger => {
    const logger = new JsonLogger(readEnvironment({ LOG_LEVEL: level }).settings, redactor);
    loggers.push(logger);
    return logger;
  };
  const written = (): string => {
    for (const logger of loggers) logger.flush();
    return write.mock.calls.map(([text]) => String(text)).join('');
  };
  const lines = (): Record<string, unknown>[] =>
    written()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  beforeEach(() => {
    write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  afterEach(() => {
    for (const logger of loggers.splice(0)) logger.onApplicationShutdown();
    write.mockRestore();
  });

  it('is one JSON object a line with level, time and context', () => {
    loggerAt('info').log('started', 'Main');
    expect(written()).toMatch(/^\{.*\}\n$/);
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        context: 'Main',
        [TEXT]: 'started',
      },
    ]);
  });

  it('has the words of Nest for its levels', () => {
    const logger = loggerAt('trace');
    logger.fatal('a');
    logger.error('b');
    logger.warn('c');
    logger.log('d');
    logger.debug('e');
    logger.verbose('f');
    expect(lines().map(({ level }) => level)).toEqual(['fatal', 'error', 'warn', 'info', 'debug', 'trace']);
  });

  it('writes nothing below its level', () => {
    const logger = loggerAt('warn');
    logger.log('a');
    logger.debug('b');
    logger.warn('c');
    expect(lines()).toMatchObject([{ level: 'warn', [TEXT]: 'c' }]);
  });

  it('can be silent', () => {
    loggerAt('silent').fatal('a');
    expect(lines()).toEqual([]);
  });

  it('takes the members of an object', () => {
    loggerAt('info').log({ message: 'request', status: 200, provider: null }, 'Chat');
    expect(lines()).toMatchObject([{ context: 'Chat', [TEXT]: 'request', status: 200, provider: null }]);
  });

  it('shows an error with its type, message and stack', () => {
    loggerAt('info').error(new TypeError('broken'), 'Main');
    expect(lines()).toMatchObject([
      {
        [TEXT]: 'broken',
        err: { type: 'TypeError', message: 'broken', stack: expect.stringContaining('at ') as string },
      },
    ]);
  });

  it('takes the stack that Nest passes before the context', () => {
    loggerAt('info').error('broken', 'Error: broken\n    at here', 'Main');
    expect(lines()).toMatchObject([
      { [TEXT]: 'broken', stack: 'Error: broken\n    at here', context: 'Main' },
    ]);
  });

  it.each<[string, unknown]>([
    ['a text', 'key the-secret-itself was refused'],
    ['a member', { reason: 'the-secret-itself' }],
    ['a deep member', { err: new Error('bad', { cause: new Error('the-secret-itself') }) }],
    ['an error', new Error('the-secret-itself')],
    ['a secret that JSON escapes', { reason: 'with"quote\\and' }],
    ['a key that nobody knows', { header: 'Bearer abcdefghijkl' }],
  ])('takes secrets out of %s and stays JSON', (_, message) => {
    loggerAt('info').error(message);
    expect(lines()).toHaveLength(1);
    const text = written();
    expect(text).toContain('[redacted]');
    expect(text).not.toMatch(/the-secret-itself|quote|abcdefghijkl/);
  });

  describe('on a terminal', () => {
    const prettyLogger = async (): Promise<JsonLogger> => {
      const { settings } = readEnvironment({});
      const logger = new JsonLogger(settings, redactor, await loadPrettyPrinter());
      loggers.push(logger);
      return logger;
    };

    it('has a line for a person, with time, level, context, text and members', async () => {
      (await prettyLogger()).warn(
        { message: 'attempt failed', request_id: 'abc', error: 'timeout' },
        'Failover',
      );
      expect(stripVTControlCharacters(written())).toMatch(
        /^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: Failover: attempt failed \{"request_id":"abc","error":"timeout"\}\n$/,
      );
    });

    it('shows the stack of an error', async () => {
      (await prettyLogger()).error(new TypeError('broken'), 'Main');
      expect(written()).toMatch(/Main: broken[^]*"?type"?: "TypeError"[^]*at /);
    });

    it('takes secrets out all the same', async () => {
      (await prettyLogger()).error({ message: 'key the-secret-itself', reason: 'with"quote\\and' });
      expect(written()).toContain('[redacted]');
      expect(written()).not.toMatch(/the-secret-itself|quote/);
    });
  });
});
