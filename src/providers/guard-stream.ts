import { isContentEvent, type ChatChunk } from '../contract/chat-event.js';
import type { AnswerMeter } from '../contract/answer-meter.js';
import { CallFailure } from './call-failure.js';
import type { AnswerTimer } from './http/answer-timer.js';

const MOST_MALFORMED_IN_A_ROW = 2;

/**
 * Passes a vendor's stream on and turns everything that makes it less than whole into a `CallFailure`: an error event,
 * three malformed events in a row, an end without a finish reason. Malformed events are counted and left out. Keeps
 * the timer: the first content switches it from the first token to the time between two reads. The meter reads along.
 */
export async function* guardStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  timer: AnswerTimer,
  idleTimeoutMs: number,
  meter: AnswerMeter,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  let malformedInARow = 0;
  let hasContent = false;
  let isFinished = false;
  for await (const batch of chunks) {
    timer.pause();
    let sound: readonly ChatChunk[] = batch;
    for (const chunk of batch) {
      let isMalformed = false;
      meter.readChunk(chunk);
      for (const event of chunk.events) {
        if (event.type === 'vendor-error') {
          const before = sound.slice(0, sound.indexOf(chunk));
          if (before.length > 0) yield before;
          throw new CallFailure({ type: 'vendor-error', error: event.error, inStream: true });
        }
        if (event.type === 'malformed') isMalformed = true;
        else if (event.type === 'finish') isFinished = true;
        else if (!hasContent && isContentEvent(event)) {
          hasContent = true;
          timer.expectChunks(idleTimeoutMs);
          timer.pause();
        }
      }
      if (isMalformed) {
        meter.malformed++;
        malformedInARow++;
        sound = sound.filter((other) => other !== chunk);
        if (malformedInARow > MOST_MALFORMED_IN_A_ROW) {
          const passed = sound;
          const before = batch.slice(0, batch.indexOf(chunk)).filter((other) => passed.includes(other));
          if (before.length > 0) yield before;
          throw new CallFailure({ type: 'unreadable', detail: 'three malformed events in a row' });
        }
      } else {
        malformedInARow = 0;
      }
    }
    if (sound.length > 0) yield sound;
    timer.resume();
  }
  if (!isFinished) throw new CallFailure({ type: 'cut' });
}
