import type { ChatChunk } from '../contract/chat-event.js';
import type { ChunkBatch, ChunkStream } from '../contract/chunk-stream.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { CommittedStream } from './commit-stream.js';

type Step = IteratorResult<ChunkBatch, void>;

const END: Step = { done: true, value: undefined };

/** A committed stream. What breaks it now can only be told, not mended: it then ends in a `failure` event. */
export class WatchedStream implements ChunkStream {
  private held: readonly ChatChunk[];
  private readonly rest: ChunkStream;
  private isOver = false;

  /**
   * @param onBreak what its caller is told of a failure; throws what is not to be told
   * @param onEnd called once, whatever the end is
   */
  constructor(
    { held, rest }: CommittedStream,
    private readonly onBreak: (error: unknown) => GatewayError,
    private readonly onEnd: () => void,
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
      if (step.done === true) await this.return();
      return step;
    } catch (error) {
      return await this.break(error);
    }
  }

  async return(): Promise<Step> {
    if (!this.isOver) {
      this.isOver = true;
      this.held = [];
      this.onEnd();
    }
    return this.rest.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async break(error: unknown): Promise<Step> {
    // What breaks because it was let go is no failure.
    if (this.isOver) return END;
    try {
      return { done: false, value: [{ events: [{ type: 'failure', error: this.onBreak(error) }] }] };
    } finally {
      await this.return();
    }
  }
}
