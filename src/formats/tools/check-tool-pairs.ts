import type { ChatRequest } from '../../contract/chat-request.js';
import { messagePath } from '../../contract/message-path.js';

/**
 * Checks that every tool call of a conversation has its result and every result its call, which vendors demand.
 * Results may stand anywhere between the call and the next assistant message. Returns one line per fault, in order.
 */
export function checkToolPairs(
  request: Pick<ChatRequest, 'messages' | 'messageOrigins' | 'original'>,
): readonly string[] {
  const faults: string[] = [];
  /** Calls of the latest assistant message that wait for their result, by id, with the index of the message. */
  const waiting = new Map<string, number>();
  const reportWaiting = (): void => {
    for (const [id, index] of waiting)
      faults.push(`${messagePath(request, index)}: tool call "${id}" has no tool result`);
    waiting.clear();
  };
  for (const [index, message] of request.messages.entries()) {
    if (message.role === 'assistant') {
      reportWaiting();
      for (const part of message.content) if (part.type === 'tool-call') waiting.set(part.id, index);
    } else if (message.role === 'tool' && !waiting.delete(message.toolCallId)) {
      faults.push(
        `${messagePath(request, index)}: tool result "${message.toolCallId}" answers no tool call of the assistant message before it`,
      );
    }
  }
  reportWaiting();
  return faults;
}
