import { isContentEvent, type ChatChunk, type ChatEvent, type SseFrame } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { readObject, readString } from '../json/read-json.js';
import type { FrameReader } from '../sse/frame-decoder.js';
import { BlockDecoder } from './block-decoder.js';
import { decodeEventError } from './decode-error.js';
import { decodeStopReason } from './map-stop-reason.js';
import { decodeUsage, mergeWireUsage } from './map-usage.js';
import type { WireUsage } from './wire-types.js';

const MALFORMED: ChatChunk = { events: [{ type: 'malformed' }] };
const NO_EVENTS: readonly ChatEvent[] = [];
const PING: readonly ChatEvent[] = [{ type: 'ping' }];
const PING_AT_WORK: readonly ChatEvent[] = [{ type: 'ping' }, { type: 'work' }];
const END: readonly ChatEvent[] = [{ type: 'end' }];

/** Reads the frames of one stream, one after the other. One reader belongs to one stream. */
export class StreamReader implements FrameReader {
  isOver = false;
  private readonly blocks: BlockDecoder;
  private usage: WireUsage | undefined;
  private isFinished = false;
  private hasContent = false;

  constructor(options: DecodeOptions | undefined) {
    this.blocks = new BlockDecoder(options);
  }

  read(frame: SseFrame, chunks: ChatChunk[]): void {
    const chunk = this.readFrame(frame);
    this.hasContent ||= chunk.events.some(isContentEvent);
    // Without a stop reason the end marker says as much, where something of the answer has come.
    const isUnfinished = this.isOver && this.hasContent && !this.isFinished;
    if (isUnfinished && chunk.events.at(-1)?.type === 'end') chunks.push(this.finishWithoutReason());
    chunks.push(chunk);
  }

  private readFrame(frame: SseFrame): ChatChunk {
    // Some relays close every stream as OpenAI does; Anthropic's clients would choke on it.
    if (frame.data === '[DONE]') {
      this.isOver = true;
      return { events: END };
    }
    let json: JsonValue;
    try {
      json = JSON.parse(frame.data) as JsonValue;
    } catch {
      return MALFORMED;
    }
    if (!isJsonObject(json)) return MALFORMED;
    const type = readString(json['type']) || (frame.event ?? '');
    const events = this.readEvent(type, json, frame.data);
    // Anthropic's SDK drops frames without an `event:` line, which some relays leave out.
    return { frame: frame.event === undefined ? { ...frame, event: type } : frame, events };
  }

  private readEvent(type: string, json: JsonObject, text: string): readonly ChatEvent[] {
    switch (type) {
      case 'content_block_delta':
        return this.blocks.delta(json);
      case 'content_block_start':
        return this.blocks.start(json, text);
      case 'content_block_stop':
        return this.blocks.stop(json);
      case 'message_start':
        return this.startMessage(readObject(json['message']) ?? {});
      case 'message_delta':
        return this.finishMessage(json);
      case 'message_stop':
        this.isOver = true;
        return [...this.blocks.flush(), ...END];
      case 'ping':
        return this.blocks.isWorking ? PING_AT_WORK : PING;
      default:
        if (type !== 'error' && !isJsonObject(json['error'])) return NO_EVENTS;
        this.isOver = true;
        return [{ type: 'vendor-error', error: decodeEventError(json) }];
    }
  }

  private startMessage(message: JsonObject): ChatEvent[] {
    return [
      { type: 'start', id: readString(message['id']), model: readString(message['model']) },
      ...this.readUsage(readObject(message['usage'])),
    ];
  }

  private finishMessage(json: JsonObject): ChatEvent[] {
    const delta = readObject(json['delta']);
    const raw = readString(delta?.['stop_reason']);
    const events: ChatEvent[] = [];
    // Later reports may correct the counts; the answer ends once.
    if (raw !== '' && !this.isFinished) {
      this.isFinished = true;
      events.push(...this.blocks.flush());
      const refusal = readString(readObject(delta?.['stop_details'])?.['explanation']);
      if (raw === 'refusal' && refusal !== '') events.push({ type: 'refusal-delta', text: refusal });
      const finish = decodeStopReason(raw, readString(delta?.['stop_sequence']), this.blocks.toolCalls > 0);
      events.push({ type: 'finish', finish });
    }
    events.push(...this.readUsage(readObject(json['usage'])));
    return events;
  }

  private finishWithoutReason(): ChatChunk {
    const json = {
      type: 'message_delta',
      delta: { stop_reason: this.blocks.toolCalls > 0 ? 'tool_use' : 'end_turn', stop_sequence: null },
      usage: { output_tokens: this.usage?.output_tokens ?? 0 },
    };
    return {
      frame: { event: json.type, data: JSON.stringify(json) },
      events: this.finishMessage({ delta: json.delta }),
    };
  }

  private readUsage(report: JsonObject | undefined): ChatEvent[] {
    if (report === undefined) return [];
    this.usage = mergeWireUsage(this.usage, report);
    const usage = decodeUsage(this.usage);
    return usage === undefined ? [] : [{ type: 'usage', usage }];
  }
}
