import { callerLeft } from '../common/caller-left.js';
import type { CancelSignal } from '../common/cancel-signal.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { Usage } from '../contract/usage.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import type { AnswerOrigin, KeptAnswer } from './cache-entry.js';
import type { AskVendor, CallEnd, FreshAnswer, ServedBody } from './served-answer.js';
import { SharedStream } from './shared-stream.js';
import { toBody } from './to-body.js';
import { toPortable } from './to-portable.js';
import { toShape, type WantedShape } from './to-shape.js';

/** What came of a call: `answer` is `undefined` where something of it is no longer held, or there is none. */
export interface Landing extends CallEnd {
  readonly origin: AnswerOrigin | undefined;
  readonly answer: KeptAnswer | undefined;
}

/** What one of those who wait gets. */
export interface Share {
  readonly origin: AnswerOrigin;
  readonly body: ServedBody;
}

/**
 * One call to a vendor and everybody who waits for its answer. The call ends early only when all of them have left. All
 * get the same: the events live, or the answer as soon as it is whole.
 */
export class Flight {
  /** Also of a call that failed. */
  readonly landed: Promise<Landing>;
  private readonly controller = new AbortController();
  private readonly stream = new SharedStream();
  private readonly head = Promise.withResolvers<FreshAnswer>();
  private waiting = 0;
  private isOver = false;
  private served = '';
  private usage: Usage | undefined;
  private cost: number | null = null;

  /** @param format of the request that is asked with */
  constructor(ask: AskVendor, format: WireFormatName) {
    // Whoever waits hears of a failure; it may be nobody.
    this.head.promise.catch(() => undefined);
    this.landed = this.fly(ask, format);
  }

  /** Everybody has left, and the call was given up. */
  get isAbandoned(): boolean {
    return this.controller.signal.aborted;
  }

  /** Nano-dollars of the call once it has landed; `null` where no price is known. */
  get costNano(): number | null {
    return this.cost;
  }

  /**
   * Waits for the answer in a shape; `undefined`: it cannot be had in that shape, or its beginning is gone.
   *
   * @param signal aborts when the caller leaves
   * @throws GatewayError what the call failed with, or `caller_left`
   */
  async join(wanted: WantedShape, signal: CancelSignal): Promise<Share | undefined> {
    if (signal.aborted) throw callerLeft();
    const leave = this.enter(signal);
    const reader = wanted.stream ? this.stream.open(signal, leave) : undefined;
    let isReading = false;
    try {
      if (wanted.stream && reader === undefined) return undefined;
      const { origin, body } = await unlessAborted(this.head.promise, signal);
      if (body.kind === 'stream' && reader !== undefined) {
        isReading = true;
        return { origin, body: { kind: 'stream', chunks: reader.batches, source: body.source } };
      }
      const { answer, error } = await unlessAborted(this.landed, signal);
      if (error !== undefined) throw error;
      const shaped = answer === undefined ? undefined : toShape(answer, wanted);
      return shaped === undefined ? undefined : { origin, body: toBody(shaped) };
    } finally {
      if (!isReading) {
        reader?.close();
        leave();
      }
    }
  }

  /** @returns a function for leaving, which may be called several times */
  private enter(signal: CancelSignal): () => void {
    this.waiting += 1;
    let isHere = true;
    const leave = (): void => {
      if (!isHere) return;
      isHere = false;
      signal.removeEventListener('abort', leave);
      this.waiting -= 1;
      if (this.waiting === 0 && !this.isOver) this.controller.abort();
    };
    signal.addEventListener('abort', leave, { once: true });
    return leave;
  }

  private async fly(ask: AskVendor, format: WireFormatName): Promise<Landing> {
    let fresh: FreshAnswer | undefined;
    let error: Error | undefined;
    let answer: KeptAnswer | undefined;
    try {
      const { body, ...about } = await ask(this.controller.signal);
      fresh = { ...about, body: toPortable(body, format) };
      this.head.resolve(fresh);
      answer = await this.receive(fresh.body);
      error = answer?.kind === 'stream' ? failureIn(answer.chunks) : undefined;
    } catch (reason) {
      error = reason instanceof Error ? reason : new Error(String(reason));
      this.isOver = true;
      this.head.reject(error);
      this.stream.fail(error);
    }
    this.isOver = true;
    const { served, usage } = this;
    this.cost = fresh?.costOf(served, usage) ?? null;
    return { origin: fresh?.origin, answer, served, usage, costNano: this.cost, error };
  }

  private async receive(body: ServedBody): Promise<KeptAnswer | undefined> {
    if (body.kind === 'result') {
      this.served = body.result.model;
      this.usage = body.result.usage;
      return body;
    }
    for await (const batch of body.chunks) {
      this.observe(batch);
      await this.stream.write(batch);
    }
    // First, or the last reader to leave would seem to give the call up.
    this.isOver = true;
    this.stream.end();
    const chunks = this.stream.held;
    return chunks === undefined ? undefined : { kind: 'stream', chunks, source: body.source };
  }

  private observe(batch: readonly ChatChunk[]): void {
    for (const { events } of batch) {
      for (const event of events) {
        if (event.type === 'start') this.served = event.model;
        else if (event.type === 'usage') this.usage = event.usage;
      }
    }
  }
}

function failureIn(chunks: readonly ChatChunk[]): Error | undefined {
  for (const { events } of chunks.slice(-1))
    for (const event of events) if (event.type === 'failure') return event.error;
  return undefined;
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: CancelSignal): Promise<Value> {
  const left = Promise.withResolvers<never>();
  const onAbort = (): void => {
    left.reject(callerLeft());
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, left.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
