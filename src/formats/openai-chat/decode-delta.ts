import type { ChatEvent } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readObject, readString } from '../json/read-json.js';
import { readThinkingText } from './decode-content.js';
import { readReasoningText } from './map-reasoning.js';

/** Reads text, reasoning, refusal and extras of one delta, reasoning first. Tool calls are read elsewhere. */
export function readDelta(delta: JsonObject, choice: number, events: ChatEvent[]): void {
  const reasoning = readReasoningText(delta);
  if (reasoning !== '') events.push(withChoice({ type: 'reasoning-delta', text: reasoning }, choice));
  if (delta['reasoning_details'] !== undefined)
    readDetails(delta['reasoning_details'], reasoning !== '', choice, events);
  if (delta['thinking_blocks'] !== undefined) readThinkingBlocks(delta['thinking_blocks'], choice, events);
  const content = delta['content'];
  if (typeof content === 'string') {
    if (content !== '') {
      events.push(
        choice === 0 ? { type: 'text-delta', text: content } : { type: 'text-delta', text: content, choice },
      );
    }
  } else if (Array.isArray(content)) {
    for (const item of content) readContentItem(item, choice, events);
  }
  const refusal = delta['refusal'];
  if (typeof refusal === 'string' && refusal !== '')
    events.push(withChoice({ type: 'refusal-delta', text: refusal }, choice));
  if (delta['annotations'] !== undefined) {
    const items = readArray(delta['annotations']).filter(isJsonObject);
    if (items.length > 0)
      events.push(withChoice({ type: 'annotations', annotations: { format: 'openai-chat', items } }, choice));
  }
  const audio = readObject(delta['audio']);
  if (audio !== undefined) {
    // What is said is the answer's text for every format that has no sound.
    const transcript = readString(audio['transcript']);
    if (transcript !== '') events.push(withChoice({ type: 'text-delta', text: transcript }, choice));
    if (Object.keys(audio).length > 0)
      events.push(withChoice({ type: 'opaque', format: 'openai-chat', value: { audio } }, choice));
  }
  const images = delta['images'];
  if (Array.isArray(images) && images.length > 0) {
    events.push(withChoice({ type: 'opaque', format: 'openai-chat', value: { images } }, choice));
  }
}

/** Mistral's content is an array where the model thinks or cites. */
function readContentItem(item: JsonValue, choice: number, events: ChatEvent[]): void {
  if (!isJsonObject(item)) return;
  if (item['type'] === 'text') {
    const text = readString(item['text']);
    if (text !== '') events.push(withChoice({ type: 'text-delta', text }, choice));
  } else if (item['type'] === 'thinking') {
    const text = readThinkingText(item['thinking']);
    if (text !== '') events.push(withChoice({ type: 'reasoning-delta', text }, choice));
  } else {
    events.push(withChoice({ type: 'opaque', format: 'openai-chat', value: item }, choice));
  }
}

/** OpenRouter repeats the text of `reasoning` here; signatures and encrypted blocks stand here alone. */
function readDetails(value: JsonValue, textIsKnown: boolean, choice: number, events: ChatEvent[]): void {
  for (const detail of readArray(value)) {
    if (!isJsonObject(detail)) continue;
    const text = readString(detail['text']) || readString(detail['summary']);
    if (text !== '' && !textIsKnown) events.push(withChoice({ type: 'reasoning-delta', text }, choice));
    const signature = readString(detail['signature']);
    if (signature !== '') events.push(withChoice({ type: 'reasoning-signature', signature }, choice));
    const data = readString(detail['data']);
    if (detail['type'] !== 'reasoning.encrypted' || data === '') continue;
    if (readString(detail['format']).startsWith('anthropic')) {
      events.push(withChoice({ type: 'redacted-reasoning', data }, choice));
    } else {
      events.push(
        withChoice(
          { type: 'reasoning-signature', id: readString(detail['id']) || undefined, encrypted: data },
          choice,
        ),
      );
    }
  }
}

/** Our extension, and LiteLLM's: the text came in `reasoning_content`. */
function readThinkingBlocks(value: JsonValue, choice: number, events: ChatEvent[]): void {
  for (const block of readArray(value)) {
    if (!isJsonObject(block)) continue;
    const signature = readString(block['signature']);
    const encrypted = readString(block['encrypted_content']);
    const data = readString(block['data']);
    if (signature !== '') events.push(withChoice({ type: 'reasoning-signature', signature }, choice));
    else if (encrypted !== '') {
      events.push(
        withChoice(
          { type: 'reasoning-signature', id: readString(block['id']) || undefined, encrypted },
          choice,
        ),
      );
    } else if (block['type'] === 'redacted_thinking' && data !== '') {
      events.push(withChoice({ type: 'redacted-reasoning', data }, choice));
    }
  }
}

type ChoiceEvent = Extract<ChatEvent, { choice?: number }>;

/** The first answer is written without a number. */
export function withChoice(event: ChoiceEvent, choice: number): ChatEvent {
  return choice === 0 ? event : { ...event, choice };
}
