import type { Finish, FinishReason } from '../../contract/chat-result.js';

const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/**
 * Reads Anthropic's stop reason. `hasToolCall` says whether the caller gets a tool call to see: where the only tool
 * used was the hidden one that takes the answer, the answer simply ended.
 */
export function decodeStopReason(raw: string, stopSequence: string, hasToolCall: boolean): Finish {
  const reason = REASONS[raw] ?? 'stop';
  return {
    reason: reason === 'tool_calls' && !hasToolCall ? 'stop' : reason,
    raw,
    ...(stopSequence === '' ? {} : { stopSequence }),
  };
}

/** What the answer holds, beside its finish. */
export interface AnswerSigns {
  readonly hasToolCall: boolean;
  /** Arguments that are no JSON object: the call was cut and must not be run. */
  readonly hasCutToolCall: boolean;
  readonly hasRefusal: boolean;
}

export interface WireStop {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
}

export function encodeStopReason(finish: Finish, signs: AnswerSigns): WireStop {
  const plain = (stopReason: string): WireStop => ({ stop_reason: stopReason, stop_sequence: null });
  if (signs.hasCutToolCall) return plain('max_tokens');
  switch (finish.reason) {
    case 'length':
      return plain('max_tokens');
    case 'content_filter':
      return plain('refusal');
    case 'tool_calls':
      return plain('tool_use');
    case 'stop':
      // Many vendors say `stop` beside tool calls; Anthropic's clients run tools only on `tool_use`.
      if (signs.hasToolCall) return plain('tool_use');
      if (signs.hasRefusal) return plain('refusal');
      if (finish.stopSequence !== undefined) {
        return { stop_reason: 'stop_sequence', stop_sequence: finish.stopSequence };
      }
      return plain('end_turn');
  }
}
