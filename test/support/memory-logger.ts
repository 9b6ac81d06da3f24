import type { LoggerService } from '@nestjs/common';

export interface LoggedLine {
  readonly level: string;
  readonly message: unknown;
  readonly context: string | undefined;
}

/** Keeps what is logged, for tests to read. */
export class MemoryLogger implements LoggerService {
  /** Called before the lines are read, for those that are about to be logged. */
  beforeRead: (() => void) | undefined;
  private readonly kept: LoggedLine[] = [];

  get lines(): readonly LoggedLine[] {
    this.beforeRead?.();
    return this.kept;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.keep('info', message, rest);
  }

  logFields({ context, ...fields }: Readonly<Record<string, unknown>>, text: string): void {
    this.keep('info', { message: text, ...fields }, [context]);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.keep('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.keep('warn', message, rest);
  }

  clear(): void {
    this.beforeRead?.();
    this.kept.length = 0;
  }

  /** Lines whose object has these members. */
  matching(members: Readonly<Record<string, unknown>>): readonly LoggedLine[] {
    return this.lines.filter(({ message }) =>
      Object.entries(members).every(
        ([name, value]) =>
          typeof message === 'object' &&
          message !== null &&
          (message as Record<string, unknown>)[name] === value,
      ),
    );
  }

  private keep(level: string, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    this.kept.push({ level, message, context: typeof context === 'string' ? context : undefined });
  }
}
