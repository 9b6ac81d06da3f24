import { callerLeft } from '../common/caller-left.js';
import type { CancelSignal } from '../common/cancel-signal.js';
import type { ChatChunk } from '../contract/chat-event.js';
import { GatewayError } from '../contract/gateway-error.js';

type Batch = readonly ChatChunk[];

interface Reader {
  /** Batches read, from the beginning of the stream. */
  position: number;
  /** It was too far behind the others. */
  isCut: boolean;
}

export interface StreamReader {
  readonly batches: AsyncGenerator<Batch, void, undefined>;
  /** Gives its place up, for one that is not read. */
  readonly close: () => void;
}

/** Characters that one stream holds for its readers: far more than models say in one answer. */
const ROOM = 16 * 1024 * 1024;

/**
 * A stream that any number of readers read, each at its own pace and from the beginning. It is held whole while there is
 * room. Beyond that only what somebody has not read yet is held: a reader that is far behind others is cut off, and one
 * that is alone holds up the writer.
 */
export class SharedStream {
  private batches: Batch[] = [];
  /** Batches of the beginning that are no longer held. */
  private gone = 0;
  private size = 0;
  private outcome: { readonly error?: unknown } | undefined;
  private news = Promise.withResolvers<undefined>();
  private progress: PromiseWithResolvers<undefined> | undefined;
  private readonly readers = new Set<Reader>();

  constructor(private readonly room = ROOM) {}

  /** Everything so far; `undefined` when some of it is no longer held. */
  get held(): readonly ChatChunk[] | undefined {
    return this.gone > 0 ? undefined : this.batches.flat();
  }

  /** Resolves when more may be written. */
  async write(batch: Batch): Promise<void> {
    this.batches.push(batch);
    this.size += sizeOf(batch);
    this.tell();
    while (this.size > this.room && this.batches.length > 0) {
      const slowest = this.slowest();
      if (slowest === undefined || slowest.position > this.gone) this.drop();
      else if (this.readers.size > 1) this.cut(slowest);
      else await this.untilProgress();
    }
  }

  end(): void {
    this.finish({});
  }

  /** Readers get the error when they have read what came before it. */
  fail(error: unknown): void {
    this.finish({ error });
  }

  /**
   * A reader from the beginning on; `undefined` when that is no longer held.
   *
   * @param signal aborts when its caller leaves; the reader then throws `caller_left`
   * @param whenClosed called once, when it reads no more
   */
  open(signal: CancelSignal, whenClosed: () => void): StreamReader | undefined {
    if (this.gone > 0) return undefined;
    const reader: Reader = { position: 0, isCut: false };
    this.readers.add(reader);
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      signal.removeEventListener('abort', leave);
      this.close(reader);
      whenClosed();
    };
    const leave = (): void => {
      close();
      this.tell();
    };
    signal.addEventListener('abort', leave, { once: true });
    return { batches: this.read(reader, signal, close), close };
  }

  private async *read(
    reader: Reader,
    signal: CancelSignal,
    close: () => void,
  ): AsyncGenerator<Batch, void, undefined> {
    try {
      for (;;) {
        if (signal.aborted) throw callerLeft();
        if (reader.isCut) {
          yield [{ events: [{ type: 'failure', error: tooSlow() }] }];
          return;
        }
        const unread = this.batches.slice(reader.position - this.gone);
        if (unread.length > 0) {
          reader.position += unread.length;
          this.progress?.resolve(undefined);
          yield unread.length === 1 ? (unread[0] ?? []) : unread.flat();
        } else if (this.outcome === undefined) {
          await this.news.promise;
        } else {
          if ('error' in this.outcome) throw this.outcome.error;
          return;
        }
      }
    } finally {
      close();
    }
  }

  private finish(outcome: { readonly error?: unknown }): void {
    this.outcome ??= outcome;
    this.tell();
  }

  private tell(): void {
    const { resolve } = this.news;
    this.news = Promise.withResolvers();
    resolve(undefined);
  }

  private slowest(): Reader | undefined {
    let slowest: Reader | undefined;
    for (const reader of this.readers)
      if (slowest === undefined || reader.position < slowest.position) slowest = reader;
    return slowest;
  }

  /** Lets go of the first batch. */
  private drop(): void {
    const first = this.batches.shift();
    this.gone += 1;
    if (first !== undefined) this.size -= sizeOf(first);
  }

  private cut(reader: Reader): void {
    reader.isCut = true;
    this.close(reader);
    this.tell();
  }

  private close(reader: Reader): void {
    this.readers.delete(reader);
    this.progress?.resolve(undefined);
  }

  private async untilProgress(): Promise<void> {
    this.progress = Promise.withResolvers();
    await this.progress.promise;
    this.progress = undefined;
  }
}

/** About the characters that a batch holds. */
function sizeOf(batch: Batch): number {
  let size = 0;
  for (const { frame, events } of batch) size += frame?.data.length ?? JSON.stringify(events).length;
  return size;
}

function tooSlow(): GatewayError {
  return new GatewayError(
    'stream_interrupted',
    'The answer was read too slowly to be held any longer, and is not whole',
  );
}
