import type { ChatRequest } from './chat-request.js';

/** Where a message stands in the caller's own body, for complaints about it: `messages[3]`, `input[3]`, `system`. */
export function messagePath(
  { original, messageOrigins }: Pick<ChatRequest, 'original' | 'messageOrigins'>,
  index: number,
): string {
  const isResponses = original.format === 'openai-responses';
  const origin = messageOrigins?.[index] ?? index;
  if (origin === -1) return isResponses ? 'instructions' : 'system';
  return `${isResponses ? 'input' : 'messages'}[${String(origin)}]`;
}
