import type { ChatResult } from '../../contract/chat-result.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { encodeToolCall } from '../openai-chat/encode-messages.js';
import { mintToolCallId } from '../openai-chat/to-completion-id.js';
import type { WireToolCall } from '../openai-chat/wire-types.js';
import { encodeUsage } from './encode-usage.js';

/**
 * Writes a whole answer: `{"content","model","provider","usage"}`. `content` is always a string: the text, or the
 * refusal where there is no text. `tool_calls` (in OpenAI's shape) and `reasoning` are there only where the answer has
 * them.
 */
export function encodeResponse(result: ChatResult, context: AnswerContext): string {
  let text = '';
  let refusal = '';
  let reasoning = '';
  const calls: WireToolCall[] = [];
  for (const part of result.choices[0]?.content ?? []) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'refusal') refusal += part.text;
    else if (part.type === 'reasoning') reasoning += part.text;
    else if (part.type === 'tool-call') {
      const id = part.id || mintToolCallId(result.id || context.requestId, 0, calls.length);
      calls.push(encodeToolCall({ ...part, id }));
    }
  }
  return JSON.stringify({
    content: text || refusal,
    ...(reasoning === '' ? undefined : { reasoning }),
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    model: result.model || context.model,
    provider: context.provider,
    usage: encodeUsage(result.usage, context),
  });
}
