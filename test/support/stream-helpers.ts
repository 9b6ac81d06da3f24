import type { ChatChunk, SseFrame } from '../../src/contract/chat-event.js';
import type { StreamDecoder, StreamEncoder } from '../../src/contract/wire-format.js';
import { SseDecoder } from '../../src/formats/sse/sse-decoder.js';

/** The frames of bytes that come in these pieces. */
export function readSse(pieces: Iterable<Uint8Array>): SseFrame[] {
  const decoder = new SseDecoder();
  const frames: SseFrame[] = [];
  for (const piece of pieces) frames.push(...decoder.read(piece));
  return [...frames, ...decoder.end()];
}

/** What a stream says whose frames come in these batches, up to where it is over. */
export function decodeFrames(decoder: StreamDecoder, batches: Iterable<readonly SseFrame[]>): ChatChunk[] {
  const chunks: ChatChunk[] = [];
  for (const batch of batches) {
    chunks.push(...decoder.read(batch));
    if (decoder.isOver) break;
  }
  return chunks;
}

/** What a stream says whose bytes come in these pieces. */
export function decodePieces(decoder: StreamDecoder, pieces: Iterable<Uint8Array>): ChatChunk[] {
  const frames = new SseDecoder();
  const chunks: ChatChunk[] = [];
  for (const piece of pieces) {
    chunks.push(...decoder.read(frames.read(piece)));
    if (decoder.isOver) return chunks;
  }
  return [...chunks, ...decoder.read(frames.end())];
}

/** Bytes in pieces of one size. */
export function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let index = 0; index < bytes.length; index += size) yield bytes.subarray(index, index + size);
}

/** The pieces of text that are written for a stream whose chunks come in these batches. */
export function encodeBatches(encoder: StreamEncoder, batches: Iterable<readonly ChatChunk[]>): string[] {
  const pieces: string[] = [];
  for (const batch of batches) pieces.push(encoder.write(batch));
  return [...pieces, encoder.end()].filter((piece) => piece !== '');
}
