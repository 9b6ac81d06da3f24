import type { AnswerMeter } from '../contract/answer-meter.js';
import { isContentEvent, type ChatChunk, type ChatEvent } from '../contract/chat-event.js';
import type { ChunkBatch } from '../contract/chunk-stream.js';
import { CallFailure } from './call-failure.js';
import type { AnswerTimer, News } from './http/answer-timer.js';

const MOST_MALFORMED_IN_A_ROW = 2;
/** How long a vendor may take, once every answer has its finish reason, for a report of usage and its end marker. */
const LONGEST_ENDING_MS = 4_000;

/**
 * Looks at a vendor's stream as it passes and turns everything that makes it less than whole into a `CallFailure`: an
 * error event, three malformed events in a row, an end without a finish reason. Malformed events are counted and left
 * out. Keeps the timer: the first content switches it from the first token to the wait for more content, the last finish
 * reason to the wait for the end. The meter reads along.
 */
export class StreamGuard {
  private malformedInARow = 0;
  private hasContent = false;
  private isAwaiting = false;
  private broken: CallFailure | undefined;
  private news: News = 'nothing';
  /** By the number of the answer: whether its finish reason has come; `undefined`: nothing of it has. */
  private readonly finished: (boolean | undefined)[] = [];
  private openAnswers = 0;
  private finishedAnswers = 0;

  /** @param answers how many the request asks for */
  constructor(
    private readonly timer: AnswerTimer,
    private readonly idleTimeoutMs: number,
    private readonly meter: AnswerMeter,
    private readonly answers: number,
  ) {}

  /** What the stream has failed with, behind everything that has passed. */
  get failure(): CallFailure | undefined {
    return this.broken;
  }

  /** Every answer that has begun has its finish reason: however the stream ends now, nothing of it is lost. */
  get isWhole(): boolean {
    return this.finishedAnswers > 0 && this.openAnswers === 0;
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
    this.news = 'nothing';
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
    this.timer.pause(this.news);
    return sound ?? batch;
  }

  /** The vendor's stream has come to its end. */
  end(): void {
    if (!this.isWhole) this.broken ??= new CallFailure({ type: 'cut' });
  }

  private isSound(chunk: ChatChunk): boolean {
    this.meter.readChunk(chunk);
    for (const event of chunk.events) {
      switch (event.type) {
        case 'vendor-error':
          this.broken = new CallFailure({ type: 'vendor-error', error: event.error, inStream: true });
          return false;
        case 'malformed':
          return this.bear();
        case 'finish':
          this.noteFinish(event.choice ?? 0);
          break;
        case 'work':
          if (this.news === 'nothing') this.news = 'work';
          break;
        default:
          if (isPartOfAnswer(event)) this.noteContent(event);
      }
    }
    this.malformedInARow = 0;
    return true;
  }

  private noteContent(event: AnswerEvent): void {
    this.news = 'content';
    const choice = event.choice ?? 0;
    if (this.finished[choice] === undefined) {
      this.finished[choice] = false;
      this.openAnswers += 1;
    }
    if (this.hasContent || !isContentEvent(event)) return;
    this.hasContent = true;
    this.timer.expectContent(this.idleTimeoutMs);
  }

  private noteFinish(choice: number): void {
    this.news = 'content';
    if (this.finished[choice] === true) return;
    if (this.finished[choice] === false) this.openAnswers -= 1;
    this.finished[choice] = true;
    this.finishedAnswers += 1;
    if (this.isWhole && this.finishedAnswers >= this.answers)
      this.timer.expectContent(Math.min(this.idleTimeoutMs, LONGEST_ENDING_MS));
  }

  private bear(): false {
    this.meter.malformed += 1;
    this.malformedInARow += 1;
    if (this.malformedInARow > MOST_MALFORMED_IN_A_ROW && !this.isWhole)
      this.broken = new CallFailure({ type: 'unreadable', detail: 'three malformed events in a row' });
    return false;
  }
}

type AnswerEvent = Extract<ChatEvent, { choice?: number }>;

/**
 * Whether the event brings something of the answer. Empty deltas, repeated reports of usage and the log probabilities of
 * no token do not: a vendor may send them for ever.
 */
function isPartOfAnswer(event: ChatEvent): event is AnswerEvent {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return event.text !== '';
    case 'tool-call-delta':
      return event.arguments !== '';
    case 'tool-call-start':
    case 'redacted-reasoning':
    case 'reasoning-signature':
    case 'annotations':
    case 'opaque':
      return true;
    default:
      return false;
  }
}
