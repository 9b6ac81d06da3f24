import type { ChatChunk } from '../contract/chat-event.js';
import type { ChunkBatch, ChunkStream } from '../contract/chunk-stream.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { CommittedStream } from './commit-stream.js';

type Step = IteratorResult<ChunkBatch, void>;

const END: Step = { done: true, value: undefined };

/** What is told of a committed stream's way. */
export interface StreamWatch {
  /** What its caller is told of a failure; throws what is not to be told. */
  readonly onBreak: (error: unknown) => GatewayError;
  /** The stream came to its proper end. */
  readonly onWhole: () => void;
  /** Called once, whatever the end is. */
  readonly onEnd: () => void;
}

/** A committed stream. What breaks it now can only be told, not mended: it then ends in a `failure` event. */
export class WatchedStream implements ChunkStream {
  private held: readonly ChatChunk[];
  private readonly rest: ChunkStream;
  private isOver = false;

  constructor(
    { held, rest }: CommittedStream,
    private readonly watch: StreamWatch,
  ) {
    this.held = held;
    this.rest = rest;
  }

  async next(): Promise<Step> {
    if (this.isOver) return END;
    if (this.held.length > 0) {
      const { held } = this;
      this.held = [];
      return { done: false, value: held };
    }
    try {
      const step = await this.rest.next();
      if (step.done === true) await this.endWhole();
      return step;
    } catch (error) {
      return await this.break(error);
    }
  }

  async return(): Promise<Step> {
    if (!this.isOver) {
      this.isOver = true;
      this.held = [];
      this.watch.onEnd();
    }
    return this.rest.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async endWhole(): Promise<void> {
    // Whoever let it go meanwhile has not seen its end.
    if (!this.isOver) this.watch.onWhole();
    await this.return();
  }

  private async break(error: unknown): Promise<Step> {
    // What breaks because it was let go is no failure.
    if (this.isOver) return END;
    try {
      return { done: false, value: [{ events: [{ type: 'failure', error: this.watch.onBreak(error) }] }] };
    } finally {
      await this.return();
    }
  }
}
