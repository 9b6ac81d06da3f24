import { isContentEvent, type ChatChunk } from '../contract/chat-event.js';
import type { ChunkBatch } from '../contract/chunk-stream.js';
import type { AnswerMeter } from '../contract/answer-meter.js';
import { CallFailure } from './call-failure.js';
import type { AnswerTimer } from './http/answer-timer.js';

const MOST_MALFORMED_IN_A_ROW = 2;

/**
 * Looks at a vendor's stream as it passes and turns everything that makes it less than whole into a `CallFailure`: an
 * error event, three malformed events in a row, an end without a finish reason. Malformed events are counted and left
 * out. Keeps the timer: the first content switches it from the first token to the time between two reads. The meter
 * reads along.
 */
export class StreamGuard {
  private malformedInARow = 0;
  private hasContent = false;
  private isFinished = false;
  private isAwaiting = false;
  private broken: CallFailure | undefined;

  constructor(
    private readonly timer: AnswerTimer,
    private readonly idleTimeoutMs: number,
    private readonly meter: AnswerMeter,
  ) {}

  /** What the stream has failed with, behind everything that has passed. */
  get failure(): CallFailure | undefined {
    return this.broken;
  }

  /** The reader waits for the vendor. Its silence goes on where nothing has passed since the last time. */
  awaitMore(): void {
    if (this.isAwaiting) return;
    this.isAwaiting = true;
    this.timer.resume();
  }

  /** The chunks of a batch that go on; none behind a failure. */
  pass(batch: ChunkBatch): ChunkBatch {
    this.isAwaiting = false;
    this.timer.pause();
    /** What goes on, once it is not simply the batch. */
    let sound: ChatChunk[] | undefined;
    for (const chunk of batch) {
      if (this.isSound(chunk)) {
        sound?.push(chunk);
        continue;
      }
      sound ??= batch.slice(0, batch.indexOf(chunk));
      if (this.broken !== undefined) break;
    }
    return sound ?? batch;
  }

  /** The vendor's stream has come to its end. */
  end(): void {
    if (!this.isFinished) this.broken ??= new CallFailure({ type: 'cut' });
  }

  private isSound(chunk: ChatChunk): boolean {
    this.meter.readChunk(chunk);
    for (const event of chunk.events) {
      if (event.type === 'vendor-error') {
        this.broken = new CallFailure({ type: 'vendor-error', error: event.error, inStream: true });
        return false;
      }
      if (event.type === 'malformed') return this.bear();
      if (event.type === 'finish') this.isFinished = true;
      else if (!this.hasContent && isContentEvent(event)) this.noteContent();
    }
    this.malformedInARow = 0;
    return true;
  }

  private noteContent(): void {
    this.hasContent = true;
    this.timer.expectChunks(this.idleTimeoutMs);
    this.timer.pause();
  }

  private bear(): false {
    this.meter.malformed += 1;
    this.malformedInARow += 1;
    if (this.malformedInARow > MOST_MALFORMED_IN_A_ROW)
      this.broken = new CallFailure({ type: 'unreadable', detail: 'three malformed events in a row' });
    return false;
  }
}
