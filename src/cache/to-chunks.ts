import type { ChatChunk, ChatEvent } from '../contract/chat-event.js';
import type { ChatChoice, ChatResult } from '../contract/chat-result.js';
import type { AssistantPart } from '../contract/content.js';

/**
 * Tells a whole answer as the events of a stream, without frames. `undefined` where no event can tell a part of it
 * (images, documents, sounds).
 */
export function toChunks(result: ChatResult): ChatChunk[] | undefined {
  const { id, model, created } = result;
  const chunks: ChatChunk[] = [{ events: [{ type: 'start', id, model, created }] }];
  for (const choice of result.choices) {
    const events = toChoiceEvents(choice);
    if (events === undefined) return undefined;
    chunks.push({ events });
  }
  if (result.usage !== undefined) chunks.push({ events: [{ type: 'usage', usage: result.usage }] });
  chunks.push({ events: [{ type: 'end' }] });
  return chunks;
}

function toChoiceEvents({ index, content, logprobs, finish }: ChatChoice): ChatEvent[] | undefined {
  const choice = index === 0 ? undefined : { choice: index };
  const events: ChatEvent[] = [];
  let calls = 0;
  for (const part of content) {
    const told = toPartEvents(part, calls, choice);
    if (told === undefined) return undefined;
    if (part.type === 'tool-call') calls += 1;
    events.push(...told);
  }
  if (logprobs !== undefined) events.push({ type: 'logprobs', logprobs, ...choice });
  events.push({ type: 'finish', finish, ...choice });
  return events;
}

/** @param call how many tool calls came before it */
function toPartEvents(
  part: AssistantPart,
  call: number,
  choice: { readonly choice: number } | undefined,
): ChatEvent[] | undefined {
  switch (part.type) {
    case 'text': {
      const told: ChatEvent = { type: 'text-delta', text: part.text, ...choice };
      const { annotations } = part;
      return annotations === undefined ? [told] : [told, { type: 'annotations', annotations, ...choice }];
    }
    case 'refusal':
      return [{ type: 'refusal-delta', text: part.text, ...choice }];
    case 'reasoning': {
      const { text, signature, id, encrypted } = part;
      // Also without a proof, since it is what parts a thought from the next one.
      return [
        { type: 'reasoning-delta', text, ...choice },
        { type: 'reasoning-signature', signature, id, encrypted, ...choice },
      ];
    }
    case 'redacted-reasoning':
      return [{ type: 'redacted-reasoning', data: part.data, ...choice }];
    case 'tool-call': {
      const { id, name, custom, signature } = part;
      return [
        { type: 'tool-call-start', index: call, id, name, custom, signature, ...choice },
        { type: 'tool-call-delta', index: call, arguments: part.arguments, ...choice },
      ];
    }
    case 'opaque':
      return [{ type: 'opaque', format: part.format, value: part.value, ...choice }];
    case 'image':
    case 'document':
    case 'audio':
      return undefined;
  }
}
