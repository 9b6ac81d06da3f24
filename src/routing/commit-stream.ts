import type { Clock } from '../common/clock.js';
import { isContentEvent, type ChatChunk } from '../contract/chat-event.js';
import type { ChunkStream } from '../contract/chunk-stream.js';
import { CallFailure } from '../providers/call-failure.js';

/** The chunks that were read before the commit, and the rest of the stream behind them. */
export interface CommittedStream {
  readonly held: readonly ChatChunk[];
  readonly rest: ChunkStream;
}

/** A stream that is held whole must bring at least so many events of content in each `idle_timeout`, or it drips. */
const SLOWEST_DRIP = 5;

/**
 * Reads a stream up to its commit: until then the caller has seen nothing, so a failure can still become another
 * attempt or a real status. `first-content` commits at the first content or finish reason, `buffered` at the end.
 * What was read is handed on as one batch.
 * @throws what the stream throws before that point, and `CallFailure` (`timeout`) for one that drips while it is held
 */
export async function commitStream(
  chunks: ChunkStream,
  commit: 'first-content' | 'buffered',
  idleTimeoutMs: number,
  clock: Clock,
): Promise<CommittedStream> {
  const held: ChatChunk[] = [];
  let window: { since: number; events: number } | undefined;
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return { held, rest: chunks };
    held.push(...next.value);
    if (commit === 'first-content') {
      if (next.value.some(hasCommitting)) return { held, rest: chunks };
      continue;
    }
    const events = next.value.filter(hasCommitting).length;
    if (events === 0) continue;
    const now = clock.now();
    window ??= { since: now, events: 0 };
    window.events += events;
    if (now - window.since < idleTimeoutMs || next.value.some(hasFinish)) continue;
    if (window.events < SLOWEST_DRIP) {
      await chunks.return();
      throw new CallFailure({ type: 'timeout', waitingFor: 'next-chunk', milliseconds: idleTimeoutMs });
    }
    window = { since: now, events: 0 };
  }
}

/** What has come to its finish is no drip any more. */
function hasFinish({ events }: ChatChunk): boolean {
  return events.some(({ type }) => type === 'finish');
}

function hasCommitting(chunk: ChatChunk): boolean {
  return chunk.events.some((event) => event.type === 'finish' || isContentEvent(event));
}
