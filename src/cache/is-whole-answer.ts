import type { ChatChunk } from '../contract/chat-event.js';
import { isContentEvent } from '../contract/chat-event.js';
import type { Finish } from '../contract/chat-result.js';
import type { KeptAnswer } from './cache-entry.js';

/**
 * The vendors' words for an answer that is all that was asked for. Others that read as `stop` may stand for anything
 * (`OTHER`, `MALFORMED_FUNCTION_CALL`, `pause_turn`), and vendors that send none (empty) may have been cut.
 */
const WHOLE: ReadonlySet<string> = new Set([
  'stop',
  'STOP',
  'end_turn',
  'stop_sequence',
  'eos',
  'eos_token',
  'completed',
  'length',
  'max_tokens',
  'MAX_TOKENS',
  'max_output_tokens',
  'tool_calls',
  'function_call',
  'tool_use',
]);

/**
 * Whether an answer may be told again: it is complete, nothing was filtered out of it, nothing of it was lost on the
 * way, and it says something. An empty answer is more often a vendor's fault than a wish.
 */
export function isWholeAnswer(answer: KeptAnswer): boolean {
  if (answer.kind === 'stream') return isWholeStream(answer.chunks);
  const { choices } = answer.result;
  return choices.length > 0 && choices.every(({ content, finish }) => content.length > 0 && isWhole(finish));
}

function isWhole({ reason, raw }: Finish): boolean {
  return reason !== 'content_filter' && WHOLE.has(raw);
}

function isWholeStream(chunks: readonly ChatChunk[]): boolean {
  const spoke = new Set<number>();
  const finished = new Set<number>();
  for (const { events } of chunks) {
    for (const event of events) {
      switch (event.type) {
        case 'failure':
        case 'vendor-error':
        case 'malformed':
          return false;
        case 'finish':
          if (!isWhole(event.finish)) return false;
          finished.add(event.choice ?? 0);
          break;
        default:
          if (isContentEvent(event)) spoke.add('choice' in event ? (event.choice ?? 0) : 0);
      }
    }
  }
  return spoke.size > 0 && [...spoke].every((choice) => finished.has(choice));
}
