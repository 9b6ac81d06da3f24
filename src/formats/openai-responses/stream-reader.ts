import type { ChatChunk, ChatEvent, SseFrame } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';
import { decodeUsage } from '../openai-chat/map-usage.js';
import type { FrameReader } from '../sse/frame-decoder.js';
import { toErrorBody } from './decode-response.js';
import { ItemTracker, type TextKind } from './item-tracker.js';
import { decodeFinish } from './map-finish.js';

/** Events that tell a text: its kind, and whether they tell the whole of it. */
const TEXT_EVENTS: ReadonlyMap<string, readonly [TextKind, boolean]> = new Map([
  ['response.output_text.delta', ['text', false]],
  ['response.output_text.done', ['text', true]],
  ['response.refusal.delta', ['refusal', false]],
  ['response.refusal.done', ['refusal', true]],
  ['response.function_call_arguments.delta', ['arguments', false]],
  ['response.function_call_arguments.done', ['arguments', true]],
  ['response.custom_tool_call_input.delta', ['input', false]],
  ['response.custom_tool_call_input.done', ['input', true]],
  ['response.reasoning_text.delta', ['content', false]],
  ['response.reasoning_text.done', ['content', true]],
  ['response.reasoning_summary_text.delta', ['summary', false]],
  ['response.reasoning_summary_text.done', ['summary', true]],
]);

/** Items whose text is told as it comes. */
const OWN_WORDS = new Set(['message', 'function_call', 'custom_tool_call']);

/** Reads the frames of one stream, one after the other. One reader belongs to one stream. */
export class StreamReader implements FrameReader {
  /** Whether the end or an error has been read. */
  isOver = false;
  private started = false;
  /** What came last is an item that the vendor may be long about: reasoning, or a tool of its own. */
  private isWorking = false;
  private readonly items: ItemTracker;

  constructor(options: DecodeOptions | undefined) {
    this.items = new ItemTracker(options);
  }

  /** A frame that says nothing gives no chunk. */
  read(frame: SseFrame, chunks: ChatChunk[]): void {
    let json: JsonValue;
    try {
      json = JSON.parse(frame.data) as JsonValue;
    } catch {
      this.readText(frame.data.trim(), chunks);
      return;
    }
    const events: ChatEvent[] = [];
    if (isJsonObject(json)) this.readEvent(readString(json['type']) || (frame.event ?? ''), json, events);
    else events.push({ type: 'malformed' });
    const last = events.at(-1)?.type;
    chunks.push(last === 'vendor-error' || last === 'malformed' ? { events } : { frame, events });
  }

  /** Relays in front of a vendor add the end marker of another format; behind the real end nobody reads it. */
  private readText(text: string, chunks: ChatChunk[]): void {
    if (text === '') return;
    this.isOver = text === '[DONE]';
    chunks.push({ events: [this.isOver ? { type: 'end' } : { type: 'malformed' }] });
  }

  private readEvent(type: string, json: JsonObject, events: ChatEvent[]): void {
    const told = TEXT_EVENTS.get(type);
    if (told !== undefined) {
      this.isWorking = false;
      this.items.tell(json, told[0], told[1], events);
      if (type === 'response.output_text.delta') readLogprobs(json, events);
      return;
    }
    const item = readObject(json['item']);
    const index = readNumber(json['output_index']) ?? 0;
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.readStart(readObject(json['response']) ?? {}, events);
        break;
      case 'response.output_item.added':
        if (item === undefined) break;
        this.isWorking = !OWN_WORDS.has(readString(item['type']));
        this.items.add(index, item, events);
        break;
      case 'response.output_item.done':
        if (item !== undefined) this.items.finish(index, item, events);
        break;
      case 'response.output_text.annotation.added': {
        const annotation = readObject(json['annotation']);
        if (annotation === undefined) break;
        events.push({
          type: 'annotations',
          annotations: { format: 'openai-responses', items: [annotation] },
        });
        break;
      }
      case 'response.completed':
      case 'response.incomplete':
        this.readEnd(readObject(json['response']) ?? {}, type === 'response.incomplete', events);
        break;
      case 'response.failed':
      case 'response.cancelled':
        this.readError(readObject(json['response']) ?? json, events);
        break;
      case 'error':
        this.readError(json, events);
        break;
      case 'ping':
      case 'keepalive':
        events.push({ type: 'ping' });
        if (this.isWorking) events.push({ type: 'work' });
        break;
      default:
        if (!type.startsWith('response.') && json['error'] !== undefined && json['error'] !== null)
          this.readError(json, events);
        // The state and the input of the vendor's own tools.
        else if (this.isWorking && type.startsWith('response.')) events.push({ type: 'work' });
    }
  }

  private readStart(response: JsonObject, events: ChatEvent[]): void {
    if (this.started) return;
    this.started = true;
    const created = readNumber(response['created_at']);
    events.push({
      type: 'start',
      id: readString(response['id']),
      model: readString(response['model']),
      ...(created === undefined || created === 0 ? undefined : { created }),
    });
  }

  private readEnd(response: JsonObject, isIncomplete: boolean, events: ChatEvent[]): void {
    this.readStart(response, events);
    if (response['error'] !== undefined && response['error'] !== null) {
      this.readError(response, events);
      return;
    }
    // Relays that only pretend to stream send the whole answer here and nothing before it.
    if (!this.items.hasItems) {
      for (const [index, item] of readArray(response['output']).entries())
        if (isJsonObject(item)) this.items.finish(index, item, events);
    }
    const finish = decodeFinish(
      response,
      isIncomplete || response['status'] === 'incomplete',
      this.items.hasToolCalls,
    );
    events.push({ type: 'finish', finish });
    this.readUsage(response, events);
    events.push({ type: 'end' });
    this.isOver = true;
  }

  private readError(body: JsonObject, events: ChatEvent[]): void {
    // The call may have cost something all the same.
    this.readUsage(body, events);
    events.push({ type: 'vendor-error', error: decodeStreamError(toErrorBody(body)) });
    this.isOver = true;
  }

  private readUsage(body: JsonObject, events: ChatEvent[]): void {
    const usage = decodeUsage(body['usage']);
    if (usage !== undefined) events.push({ type: 'usage', usage });
  }
}

function readLogprobs(event: JsonObject, events: ChatEvent[]): void {
  const content = event['logprobs'];
  if (Array.isArray(content) && content.length > 0) events.push({ type: 'logprobs', logprobs: { content } });
}
