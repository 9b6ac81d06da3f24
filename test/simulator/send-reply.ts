import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import type { Reply } from './reply.ts';
import { splitBytes } from './split.ts';

/** Long enough for the other side to read what came before a reset, which throws unsent bytes away. */
const BEFORE_RESET_MS = 15;

export interface SendHooks {
  /** Content chunks that went out with the write just made. */
  readonly onContent: (chunks: number) => void;
  /** The connection is about to be broken by the reply, not by the caller. */
  readonly onBreak: () => void;
}

interface Piece {
  readonly data: Uint8Array;
  readonly chunks: number;
}

/**
 * Writes a reply. Resolves when nothing more will be written, which for a reply that hangs is at once; a caller that
 * leaves ends it early.
 */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  caller: AbortSignal,
  hooks: SendHooks,
): Promise<void> {
  try {
    if (reply.headersDelayMs > 0) await pause(reply.headersDelayMs, undefined, { signal: caller });
    if (reply.sendHeaders) await sendHead(response, reply, caller);
    await sendFrames(response, reply, caller, hooks);
    await finish(response, reply, caller, hooks);
  } catch (error) {
    if (!caller.aborted) throw error;
  }
}

async function sendHead(response: ServerResponse, reply: Reply, caller: AbortSignal): Promise<void> {
  const headers = { ...reply.headers };
  if (reply.gzip) headers['content-encoding'] = 'gzip';
  // In a chunked body each piece of a split stays apart for the reader, even where the kernel joins two segments.
  if (reply.gzip || reply.split !== undefined) delete headers['content-length'];
  response.writeHead(reply.status, headers);
  if (reply.firstDelayMs > 0 || reply.ending !== 'end') response.flushHeaders();
  if (reply.firstDelayMs > 0) await pause(reply.firstDelayMs, undefined, { signal: caller });
}

async function sendFrames(
  response: ServerResponse,
  reply: Reply,
  caller: AbortSignal,
  hooks: SendHooks,
): Promise<void> {
  if (reply.gzip) return sendCompressed(response, reply, caller, hooks);
  const pieces = toPieces(reply);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && !reply.burst) await takeTurn(reply.delayMs, caller);
    if (caller.aborted || response.destroyed) return;
    if (piece.chunks > 0) hooks.onContent(piece.chunks);
    if (!response.write(piece.data)) await once(response, 'drain', { signal: caller });
  }
}

function toPieces(reply: Reply): readonly Piece[] {
  const { frames, split } = reply;
  if (split === undefined && !reply.burst) {
    return frames.map((frame) => ({ data: frame.data, chunks: frame.isContent ? 1 : 0 }));
  }
  const whole = Buffer.concat(frames.map((frame) => frame.data));
  if (whole.length === 0) return [];
  const chunks = frames.filter((frame) => frame.isContent).length;
  if (split === undefined) return [{ data: whole, chunks }];
  const pieces = splitBytes(whole, split);
  return pieces.map((data, index) => ({ data, chunks: index === pieces.length - 1 ? chunks : 0 }));
}

/** Every event is flushed on its own, as vendors do that compress streams. */
async function sendCompressed(
  response: ServerResponse,
  reply: Reply,
  caller: AbortSignal,
  hooks: SendHooks,
): Promise<void> {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  const compressed: Uint8Array[] = [];
  gzip.on('data', (data: Uint8Array) => {
    if (reply.split === undefined) response.write(data);
    else compressed.push(data);
  });
  for (const frame of reply.frames) {
    if (frame.isContent) hooks.onContent(1);
    gzip.write(frame.data);
    await takeTurn(reply.delayMs, caller);
  }
  gzip.end();
  await once(gzip, 'end');
  if (reply.split === undefined) return;
  for (const piece of splitBytes(Buffer.concat(compressed), reply.split)) {
    await takeTurn(reply.delayMs, caller);
    response.write(piece);
  }
}

async function finish(
  response: ServerResponse,
  reply: Reply,
  caller: AbortSignal,
  hooks: SendHooks,
): Promise<void> {
  if (reply.ending === 'hang') return;
  if (reply.ending === 'end') {
    response.end();
    return;
  }
  if (reply.sendHeaders) await pause(BEFORE_RESET_MS, undefined, { signal: caller });
  hooks.onBreak();
  if (reply.ending === 'reset') response.socket?.resetAndDestroy();
  else response.socket?.end();
}

async function takeTurn(delayMs: number, caller: AbortSignal): Promise<void> {
  if (delayMs > 0) await pause(delayMs, undefined, { signal: caller });
  else await nextTurn();
}
