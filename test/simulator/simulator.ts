import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Behaviours } from './behaviours.ts';
import type { BehaviourFilter } from './behaviours.ts';
import { handleControl } from './control.ts';
import { decideReply } from './decide-reply.ts';
import type { Decision } from './decide-reply.ts';
import { toFault } from './fault.ts';
import type { AnswerSettings, Fault } from './fault.ts';
import type { Reply } from './reply.ts';
import { toJsonReply } from './reply.ts';
import { RequestLog, now } from './request-log.ts';
import type { LoggedRequest, RequestCounters } from './request-log.ts';
import { sendReply } from './send-reply.ts';
import type { SimulatorOptions } from './simulator-options.ts';

const CACHED_REPLIES = 64;

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const simulator = new Simulator(options);
  await simulator.listen();
  return simulator;
}

/** One simulated vendor endpoint: an HTTP server on loopback that speaks one wire format and fails on demand. */
export class Simulator {
  readonly name: string;
  readonly options: SimulatorOptions;
  readonly host: string;
  port: number;
  private readonly server: Server;
  private readonly behaviours = new Behaviours();
  private readonly log: RequestLog;
  private readonly remembered = new Map<string, Reply>();
  private settings: AnswerSettings;
  private serial = 0;
  private restoreTimer: NodeJS.Timeout | undefined;

  constructor(options: SimulatorOptions) {
    this.options = options;
    this.name = options.name ?? options.flavour ?? options.format;
    this.host = options.host ?? '127.0.0.1';
    this.port = options.port ?? 0;
    this.settings = options;
    this.log = new RequestLog(options.log ?? true);
    // The long keep-alive leaves it to the caller to close idle connections, so that none closes under a request.
    this.server = createServer({ keepAliveTimeout: 120_000, noDelay: true }, (request, response) => {
      this.handle(request, response).catch((error: unknown) => {
        process.stderr.write(`simulator ${this.name}: ${String(error)}\n`);
        response.destroy();
      });
    });
    this.server.requestTimeout = 0;
  }

  /** Without a slash at the end and without `/v1`. */
  get url(): string {
    return `http://${this.host}:${String(this.port)}`;
  }

  get requests(): readonly LoggedRequest[] {
    return this.log.entries;
  }

  get counters(): Readonly<RequestCounters> {
    return this.log.counters;
  }

  get isListening(): boolean {
    return this.server.listening;
  }

  /** Answers requests with this fault, in place of earlier ones with the same filter; `ok` heals. */
  behave(fault: Fault | string, filter: BehaviourFilter = {}): void {
    const read = toFault(fault);
    if (read.kind === 'refuse') this.refuse(read.ms);
    else this.behaviours.add(read, filter);
  }

  /** The next requests take these in turn, then things are as before. */
  script(faults: readonly (Fault | string)[]): void {
    this.behaviours.script(faults);
  }

  /** Changes what answers say, for requests without a setting of their own in their fault. */
  setAnswer(settings: AnswerSettings): void {
    this.settings = { ...this.settings, ...settings };
    this.remembered.clear();
  }

  /** Closes the listening socket and every connection, for `ms` or until `restore`. */
  refuse(ms?: number): void {
    this.server.close();
    this.server.closeAllConnections();
    if (ms !== undefined) this.restoreTimer = setTimeout(() => void this.restore(), ms);
  }

  async restore(): Promise<void> {
    clearTimeout(this.restoreTimer);
    if (!this.server.listening) await this.listen();
  }

  /** Forgets log, counters, faults, scripts and answers, and listens again. */
  async clear(): Promise<void> {
    this.behaviours.clear();
    this.log.clear();
    this.remembered.clear();
    this.settings = this.options;
    this.serial = 0;
    await this.restore();
  }

  clearLog(): void {
    this.log.clear();
  }

  async close(): Promise<void> {
    clearTimeout(this.restoreTimer);
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => {
        resolve();
      });
      this.server.closeAllConnections();
    });
  }

  /** The `count`-th request since the log was cleared, with its body read. */
  waitForRequest(count = 1, timeoutMs?: number): Promise<LoggedRequest> {
    const find = (): LoggedRequest | undefined => {
      const entry = this.log.entries[count - 1];
      return entry?.readAt === null ? undefined : entry;
    };
    return this.log.waitFor(`request ${String(count)}`, find, timeoutMs);
  }

  /** The request at `index`, by default the first whose caller left, once its caller's socket closed too early. */
  waitForCallerClose(index?: number, timeoutMs?: number): Promise<LoggedRequest> {
    const find = (): LoggedRequest | undefined => {
      if (index === undefined) return this.log.entries.find((entry) => entry.callerClosedAt !== null);
      const entry = this.log.entries[index];
      return entry?.callerClosedAt === null ? undefined : entry;
    };
    return this.log.waitFor('a caller to close its connection', find, timeoutMs);
  }

  /** @throws the listen error, EADDRINUSE above all */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.port, this.host, () => {
        this.server.off('error', reject);
        this.port = (this.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname.startsWith('/_control')) {
      await handleControl(this, request, response, url.pathname);
      return;
    }
    const entry = this.log.open(request.method ?? 'GET', `${url.pathname}${url.search}`, request.headers);
    const caller = new AbortController();
    let isOurEnd = false;
    response.once('close', () => {
      caller.abort();
      this.log.close(entry, response.writableFinished || isOurEnd || !this.isListening);
    });
    entry.rawBody = await readBody(request);
    entry.readAt = now();
    const reply = this.findReply(entry, url);
    this.log.notify();
    if (caller.signal.aborted) return;
    if (reply.sendHeaders) entry.status = reply.status;
    await sendReply(response, reply, caller.signal, {
      onContent: (chunks) => {
        entry.chunksSent += chunks;
      },
      onBreak: () => {
        isOurEnd = true;
      },
    });
  }

  private findReply(entry: LoggedRequest, url: URL): Reply {
    if (url.pathname === '/_elsewhere') return toJsonReply(200, { simulator: 'elsewhere' });
    const isMemorable = this.options.log === false && this.behaviours.isEmpty;
    const memoryKey = isMemorable ? `${entry.path}\n${entry.rawBody}` : '';
    const remembered = isMemorable ? this.remembered.get(memoryKey) : undefined;
    if (remembered) return remembered;
    this.serial += 1;
    const decision: Decision = decideReply({
      options: this.options,
      settings: this.settings,
      name: this.name,
      serial: this.serial,
      entry,
      url,
      takeBehaviour: (model, key) => this.behaviours.take(model, key),
    });
    if (decision.fault.kind === 'refuse') this.refuse(decision.fault.ms ?? 1000);
    if (isMemorable && decision.fault.kind === 'ok' && this.remembered.size < CACHED_REPLIES) {
      this.remembered.set(memoryKey, decision.reply);
    }
    return decision.reply;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    // The caller left while sending; what came is logged.
  }
  return Buffer.concat(parts).toString('utf8');
}
