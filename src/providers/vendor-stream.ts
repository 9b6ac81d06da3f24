import type { ChunkBatch, ChunkStream } from '../contract/chunk-stream.js';
import type { StreamDecoder } from '../contract/wire-format.js';
import { SseDecoder } from '../formats/sse/sse-decoder.js';
import { CallFailure } from './call-failure.js';
import type { BodyReader } from './http/body-reader.js';
import type { CallScope } from './http/call-scope.js';
import type { StreamGuard } from './stream-guard.js';

type Step = IteratorResult<ChunkBatch, void>;

const END: Step = { done: true, value: undefined };
const NOTHING: ChunkBatch = [];

/**
 * A vendor's stream: bytes in, sound chunks out, one batch for all bytes that came together. It ends by itself only when
 * it is whole and throws `CallFailure` otherwise; in every case the vendor's side is closed as soon as that is known. It
 * is whole with its finish reason, however the connection ends after that.
 */
export class VendorStream implements ChunkStream {
  private readonly frames = new SseDecoder();
  private isOver = false;
  private failure: Error | undefined;

  constructor(
    private readonly body: BodyReader,
    private readonly decoder: StreamDecoder,
    private readonly guard: StreamGuard,
    private readonly scope: CallScope,
    private readonly connectTimeoutMs: number,
  ) {}

  /** Not async: the parts of one that waits cost more than what most chunks take. */
  next(): Promise<Step> {
    return new Promise((resolve, reject) => {
      this.tell(resolve, reject);
    });
  }

  return(): Promise<Step> {
    this.failure = undefined;
    if (!this.isOver) {
      this.isOver = true;
      this.scope.release();
      this.body.destroy();
    }
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Tells what comes next as soon as it is there. */
  private tell(resolve: (step: Step) => void, reject: (reason: Error) => void): void {
    while (!this.isOver) {
      if (!this.body.hasNews) {
        this.guard.awaitMore();
        this.body.onNews(() => {
          this.tell(resolve, reject);
        });
        return;
      }
      const batch = this.read();
      if (batch.length > 0) {
        resolve({ done: false, value: batch });
        return;
      }
    }
    const { failure } = this;
    this.failure = undefined;
    if (failure === undefined) resolve(END);
    else reject(failure);
  }

  /** What the news of the body say; empty where that is nothing, or that it is over. */
  private read(): ChunkBatch {
    if (this.isOver) return NOTHING;
    try {
      const bytes = this.body.take();
      const frames = bytes === undefined ? this.frames.end() : this.frames.read(bytes);
      const told = frames.length === 0 ? NOTHING : this.decoder.read(frames);
      const sound = told.length === 0 ? NOTHING : this.guard.pass(told);
      if (bytes === undefined || this.decoder.isOver) this.guard.end();
      if (this.guard.failure !== undefined) this.fail(this.guard.failure);
      else if (bytes === undefined || this.decoder.isOver) this.finish();
      return sound;
    } catch (error) {
      this.fail(error);
      return NOTHING;
    }
  }

  private finish(): void {
    this.isOver = true;
    this.scope.release();
    this.body.finish();
  }

  private fail(error: unknown): void {
    this.isOver = true;
    const failure = this.scope.toFailure(error, this.connectTimeoutMs);
    this.failure = this.guard.isWhole && isBreak(failure) ? undefined : failure;
    this.scope.release();
    this.body.destroy();
  }
}

/** The connection ended, or nothing more came: as opposed to a word of the vendor, or a caller who let it go. */
function isBreak(failure: Error): boolean {
  if (!(failure instanceof CallFailure)) return false;
  const { type } = failure.facts;
  return type === 'reset' || type === 'timeout' || type === 'unreadable';
}
