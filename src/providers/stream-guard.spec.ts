import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { ChatChunk, ChatEvent } from '../contract/chat-event.js';
import { AnswerMeter } from '../contract/answer-meter.js';
import { CallFailure, type CallFailureFacts } from './call-failure.js';
import { AnswerTimer } from './http/answer-timer.js';
import { StreamGuard } from './stream-guard.js';

const FIRST_TOKEN_MS = 30_000;
const IDLE_MS = 7000;

const chunk = (...events: ChatEvent[]): ChatChunk => ({ events });
const START = chunk({ type: 'start', id: 'id', model: 'm' });
const TEXT = chunk({ type: 'text-delta', text: 'a' });
const MORE = chunk({ type: 'text-delta', text: 'b' });
const SECOND = chunk({ type: 'text-delta', text: 'c', choice: 1 });
const BROKEN = chunk({ type: 'malformed' });
const FINISH = chunk({ type: 'finish', finish: { reason: 'stop' } } as ChatEvent);
const END = chunk({ type: 'end' });
const REFUSAL = chunk({
  type: 'vendor-error',
  error: { kind: 'overloaded', status: 503, message: 'busy', code: '' },
});

describe('StreamGuard', () => {
  let clock: ManualClock;
  let call: AbortController;
  let timer: AnswerTimer;
  let meter: AnswerMeter;

  beforeEach(() => {
    clock = new ManualClock();
    call = new AbortController();
    timer = new AnswerTimer(clock, call, { waitingFor: 'first-token', answerMs: FIRST_TOKEN_MS });
    meter = new AnswerMeter();
  });

  const newGuard = (): StreamGuard => new StreamGuard(timer, IDLE_MS, meter, 1);

  function read(batches: readonly (readonly ChatChunk[])[]) {
    const guard = newGuard();
    const passed: ChatChunk[] = [];
    for (const batch of batches) {
      passed.push(...guard.pass(batch));
      if (guard.failure !== undefined) break;
    }
    guard.end();
    return { passed, facts: guard.failure?.facts };
  }

  const UNREADABLE: CallFailureFacts = { type: 'unreadable', detail: 'three malformed events in a row' };
  const CUT: CallFailureFacts = { type: 'cut' };
  const REFUSED: CallFailureFacts = {
    type: 'vendor-error',
    error: { kind: 'overloaded', status: 503, message: 'busy', code: '' },
    inStream: true,
  };

  test.each<[string, ChatChunk[][], ChatChunk[], CallFailureFacts | undefined, number]>([
    [
      'a whole stream passes',
      [[START], [TEXT, MORE], [FINISH, END]],
      [START, TEXT, MORE, FINISH, END],
      undefined,
      0,
    ],
    ['an end marker may be missing after the finish', [[TEXT], [FINISH]], [TEXT, FINISH], undefined, 0],
    ['an end without a finish is a cut', [[TEXT]], [TEXT], CUT, 0],
    ['an end marker without a finish is a cut', [[TEXT, END]], [TEXT, END], CUT, 0],
    ['nothing at all is a cut', [], [], CUT, 0],
    [
      'after the finish nothing malformed matters',
      [
        [TEXT, FINISH],
        [BROKEN, BROKEN, BROKEN],
      ],
      [TEXT, FINISH],
      undefined,
      3,
    ],
    [
      'a second answer without its finish is a cut',
      [[TEXT, SECOND], [FINISH]],
      [TEXT, SECOND, FINISH],
      CUT,
      0,
    ],
    [
      'a malformed event is left out and counted',
      [[TEXT, BROKEN, MORE], [BROKEN], [FINISH]],
      [TEXT, MORE, FINISH],
      undefined,
      2,
    ],
    [
      'two in a row are borne',
      [[BROKEN, BROKEN, TEXT, BROKEN, BROKEN], [FINISH]],
      [TEXT, FINISH],
      undefined,
      4,
    ],
    ['three in a row are not', [[TEXT], [BROKEN], [BROKEN], [BROKEN], [FINISH]], [TEXT], UNREADABLE, 3],
    ['nor three in one read', [[START], [BROKEN, BROKEN, BROKEN, FINISH]], [START], UNREADABLE, 3],
    ['an error event ends it', [[TEXT], [REFUSAL], [FINISH]], [TEXT], REFUSED, 0],
    [
      'what came in one read before an error still passes',
      [[START, TEXT, REFUSAL, MORE]],
      [START, TEXT],
      REFUSED,
      0,
    ],
    ['without the malformed ones among it', [[TEXT, BROKEN, MORE, REFUSAL]], [TEXT, MORE], REFUSED, 1],
    ['a bare error passes nothing', [[REFUSAL]], [], REFUSED, 0],
  ])('%s', (_name, batches, passed, facts, malformed) => {
    expect(read(batches)).toEqual({ passed, facts });
    expect(meter.malformed).toBe(malformed);
  });

  test('what came in one read before the third malformed event still passes', () => {
    expect(read([[TEXT, BROKEN, BROKEN, BROKEN]])).toEqual({ passed: [TEXT], facts: UNREADABLE });
  });

  test('until the first content the time of the first token runs on, whatever else comes', () => {
    const guard = newGuard();
    guard.awaitMore();
    guard.pass([START]);
    guard.awaitMore();
    clock.advance(FIRST_TOKEN_MS - 1);
    expect(call.signal.aborted).toBe(false);
    guard.pass([chunk({ type: 'ping' })]);
    clock.advance(1);
    expect(call.signal.reason).toEqual(
      new CallFailure({ type: 'timeout', waitingFor: 'first-token', milliseconds: FIRST_TOKEN_MS }),
    );
  });

  test('after the first content only the silence of the vendor counts', () => {
    const guard = newGuard();
    guard.awaitMore();
    guard.pass([TEXT]);
    // The reader is slow, not the vendor.
    clock.advance(10 * FIRST_TOKEN_MS);
    expect(call.signal.aborted).toBe(false);
    guard.awaitMore();
    guard.pass([MORE]);
    guard.awaitMore();
    clock.advance(IDLE_MS - 1);
    expect(call.signal.aborted).toBe(false);
    clock.advance(1);
    expect((call.signal.reason as CallFailure).facts).toEqual({
      type: 'timeout',
      waitingFor: 'next-chunk',
      milliseconds: IDLE_MS,
    });
  });
});
