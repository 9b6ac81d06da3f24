import type { IncomingHttpHeaders } from 'node:http';

/** What the simulator saw of one request. Times are milliseconds since the epoch, with fractions. */
export interface LoggedRequest {
  readonly index: number;
  readonly at: number;
  /** When its body was complete. */
  readAt: number | null;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined when it is not JSON. */
  body: unknown;
  rawBody: string;
  key: string;
  /** As it was asked for, with the fault in its name. */
  model: string;
  /** Kind of the fault that was applied. */
  fault: string;
  status: number | null;
  /** Content deltas written; for an answer that is not a stream 1. */
  chunksSent: number;
  /** The answer went out whole, or as whole as its fault lets it. */
  finishedAt: number | null;
  /** The caller's socket closed before that. */
  callerClosedAt: number | null;
}

export interface RequestCounters {
  requests: number;
  finished: number;
  callerClosed: number;
}

const WAIT_MS = 5000;

export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Keeps the requests (unless told not to) and lets tests wait for one to come or for a caller to leave. */
export class RequestLog {
  entries: LoggedRequest[] = [];
  readonly counters: RequestCounters = { requests: 0, finished: 0, callerClosed: 0 };
  private readonly isKept: boolean;
  private watchers = new Set<() => void>();

  constructor(isKept: boolean) {
    this.isKept = isKept;
  }

  open(method: string, path: string, headers: IncomingHttpHeaders): LoggedRequest {
    const entry: LoggedRequest = {
      index: this.entries.length,
      at: now(),
      readAt: null,
      method,
      path,
      headers,
      body: undefined,
      rawBody: '',
      key: '',
      model: '',
      fault: 'ok',
      status: null,
      chunksSent: 0,
      finishedAt: null,
      callerClosedAt: null,
    };
    this.counters.requests += 1;
    if (this.isKept) this.entries.push(entry);
    return entry;
  }

  close(entry: LoggedRequest, isWhole: boolean): void {
    if (isWhole) {
      entry.finishedAt = now();
      this.counters.finished += 1;
    } else {
      entry.callerClosedAt = now();
      this.counters.callerClosed += 1;
    }
    this.notify();
  }

  notify(): void {
    for (const watcher of this.watchers) watcher();
  }

  clear(): void {
    this.entries = [];
    Object.assign(this.counters, { requests: 0, finished: 0, callerClosed: 0 });
  }

  /** @throws Error when it does not happen in time */
  waitFor(what: string, find: () => LoggedRequest | undefined, timeoutMs = WAIT_MS): Promise<LoggedRequest> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const entry = find();
        if (!entry) return;
        this.watchers.delete(check);
        clearTimeout(timer);
        resolve(entry);
      };
      const timer = setTimeout(() => {
        this.watchers.delete(check);
        reject(new Error(`The simulator waited ${String(timeoutMs)} ms in vain for ${what}`));
      }, timeoutMs);
      this.watchers.add(check);
      check();
    });
  }
}
