import { Inject, Injectable, type LoggerService, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import cluster from 'node:cluster';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import { Redactor } from '../common/redactor.js';
import type { StartReport } from '../common/start-report.js';
import { environment } from '../config/environment.js';
import { toStartLine, toStartText } from './start-text.js';
import type { PrettyPrinter } from './load-pretty-printer.js';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

const OF_NEST: ReadonlySet<string> = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
]);

/**
 * Nest's logger on pino: one JSON line each on standard output, every line redacted. With a pretty printer the lines are
 * for a person instead.
 */
@Injectable()
export class JsonLogger implements LoggerService, OnApplicationShutdown {
  private readonly pino: Logger;
  private kept = '';

  constructor(
    @Inject(environment.KEY) { logLevel }: ConfigType<typeof environment>,
    redactor: Redactor,
    private readonly pretty?: PrettyPrinter,
  ) {
    this.pino = pino(
      {
        level: logLevel,
        base: cluster.isWorker ? { worker: cluster.worker?.id } : null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      {
        write: (line: string) => {
          const redacted = redactor.redact(line);
          this.keep(pretty === undefined ? redacted : pretty(redacted));
        },
      },
    );
    process.on('exit', this.flush);
  }

  /** Under load many lines leave in one write, which costs a tenth of as many writes. */
  private keep(line: string): void {
    if (this.kept === '') setImmediate(this.flush);
    this.kept += line;
  }

  /** Writes what is kept. Happens by itself at the end of each turn of the event loop, and when the process ends. */
  readonly flush = (): void => {
    if (this.kept === '') return;
    process.stdout.write(this.kept);
    this.kept = '';
  };

  onApplicationShutdown(): void {
    this.flush();
    process.off('exit', this.flush);
  }

  /** What Nest tells of its own start is for those who look for faults in it. */
  log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    this.write(typeof context === 'string' && OF_NEST.has(context) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** A line at `info` with these members as they are; for what is logged with every request. */
  logFields(fields: Readonly<Record<string, unknown>>, text: string): void {
    this.pino.info(fields, text);
  }

  /** The end of a start: some lines for a person, else one for machines. */
  logStart(report: StartReport): void {
    if (!this.pino.isLevelEnabled('info')) return;
    if (this.pretty !== undefined) {
      this.keep(toStartText(report));
      return;
    }
    this.logFields({ context: 'Sluice', ...report }, toStartLine(report));
  }

  /** Nest passes the context last, and before it the stack of an error. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const origin: Record<string, unknown> = {};
    if (typeof context === 'string') origin['context'] = context;
    if (rest.length > 1 && typeof rest[0] === 'string') origin['stack'] = rest[0];
    if (message instanceof Error) this.pino[level]({ ...origin, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) {
      const { message: text, ...fields } = message as Record<string, unknown>;
      this.pino[level](Object.assign(origin, fields), typeof text === 'string' ? text : undefined);
    } else this.pino[level](origin, String(message));
  }
}
