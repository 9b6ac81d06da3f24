import type { ChatChunk } from './chat-event.js';

/** Chunks that came together; never an empty one. */
export type ChunkBatch = readonly ChatChunk[];

/**
 * A stream that is pulled: its reader asks for the next batch when it has dealt with the last one. An async generator
 * is one; where every chunk costs, a class with the same methods is cheaper by far.
 */
export interface ChunkStream extends AsyncIterable<ChunkBatch> {
  next(): Promise<IteratorResult<ChunkBatch, void>>;
  /** Lets go of the stream and of all that it comes from. Whoever does not read to the end must call it. */
  return(): Promise<IteratorResult<ChunkBatch, void>>;
}

/** A stream of what is there already. */
export async function* streamOf(
  ...batches: readonly ChunkBatch[]
): AsyncGenerator<ChunkBatch, void, undefined> {
  yield* ReadableStream.from(batches);
}
