import type { Finish, FinishReason } from '../../contract/chat-result.js';
import type { VendorError } from '../../contract/vendor-error.js';

const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
  // Mistral's word for a full context window.
  model_length: 'length',
  max_tokens: 'length',
  // GLM's word.
  sensitive: 'content_filter',
  refusal: 'content_filter',
  tool_use: 'tool_calls',
};

/**
 * Reads a `finish_reason`. Several vendors say `stop` beside tool calls; the calls count then. A word that nobody here
 * knows reads as `stop`.
 */
export function decodeFinish(raw: string, hasToolCalls: boolean): Finish {
  const reason = Object.hasOwn(REASONS, raw) ? (REASONS[raw] ?? 'stop') : 'stop';
  return { reason: reason === 'stop' && hasToolCalls ? 'tool_calls' : reason, raw };
}

/** Some vendors end a broken answer with a reason in the place of an error (DeepSeek, GLM, OpenRouter). */
export function readFinishFault(raw: string): VendorError | undefined {
  switch (raw) {
    case 'insufficient_system_resource':
      return {
        kind: 'overloaded',
        status: 503,
        code: raw,
        message: 'The vendor ran out of resources while it answered',
      };
    case 'network_error':
    case 'error':
      return { kind: 'server', status: 502, code: raw, message: 'The vendor ended the answer with an error' };
    default:
      return undefined;
  }
}
