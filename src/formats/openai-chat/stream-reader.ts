import { isContentEvent, type ChatChunk, type ChatEvent, type SseFrame } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { readNumber, readObject, readString } from '../json/read-json.js';
import type { FrameReader } from '../sse/frame-decoder.js';
import { readDelta, withChoice } from './decode-delta.js';
import { flattenContent } from './flatten-content.js';
import { decodeFinish, readFinishFault } from './map-finish-reason.js';
import { decodeUsage } from './map-usage.js';
import { splitToolCalls } from './split-tool-calls.js';
import { ToolCallTracker } from './tool-call-tracker.js';

const NO_CHOICES: readonly JsonValue[] = [];

/** Reads the frames of one stream, one after the other. One reader belongs to one stream. */
export class StreamReader implements FrameReader {
  /** Its end marker or an error has been read. */
  isOver = false;
  private readonly tools: (ToolCallTracker | undefined)[] = [];
  private readonly finished: boolean[] = [];
  /** Answers of which something has come. */
  private readonly begun: boolean[] = [];
  private started = false;
  private answerId = '';
  /** Members that all chunks of the stream share. */
  private shared: JsonObject = {};

  constructor(private readonly options: DecodeOptions | undefined) {}

  /** Appends what a frame says to `chunks`; a frame that says nothing at all gives no chunk. */
  read(frame: SseFrame, chunks: ChatChunk[]): void {
    const { data } = frame;
    if (data === '[DONE]' || data.trim() === '[DONE]') {
      this.finishAnswers(chunks);
      chunks.push({ frame, events: [{ type: 'end' }] });
      this.isOver = true;
      return;
    }
    let json: JsonValue;
    try {
      json = JSON.parse(data) as JsonValue;
    } catch {
      if (data.trim() !== '') chunks.push({ events: [{ type: 'malformed' }] });
      return;
    }
    if (!isJsonObject(json)) {
      chunks.push({ events: [{ type: 'malformed' }] });
    } else if (isError(frame, json)) {
      const events: ChatEvent[] = [];
      // The call may have cost something all the same.
      this.readUsage(json, NO_CHOICES, events);
      events.push({ type: 'vendor-error', error: decodeStreamError(json) });
      chunks.push({ events });
      this.isOver = true;
    } else {
      this.readChunk(frame, json, chunks);
    }
  }

  /** A usage report that came in one piece with the end marker, but behind it, still counts. */
  readLate({ data }: SseFrame, chunks: ChatChunk[]): void {
    if (!data.includes('"usage"')) return;
    try {
      const json: unknown = JSON.parse(data);
      const usage = isJsonObject(json) ? decodeUsage(json['usage']) : undefined;
      if (usage !== undefined) chunks.splice(chunks.length - 1, 0, { events: [{ type: 'usage', usage }] });
    } catch {
      return;
    }
  }

  private readChunk(frame: SseFrame, json: JsonObject, chunks: ChatChunk[]): void {
    const events: ChatEvent[] = [];
    let changed = false;
    if (json['error'] === null) {
      delete json['error'];
      changed = true;
    }
    const hasChoices = Array.isArray(json['choices']);
    const choices = hasChoices ? (json['choices'] as readonly JsonValue[]) : NO_CHOICES;
    this.readStart(json, choices.length > 0, events);
    let calls = 0;
    for (const choice of choices) {
      if (!isJsonObject(choice)) continue;
      const delta = readObject(choice['delta']) ?? readObject(choice['message']);
      const fault = readFault(choice);
      if (fault !== undefined) {
        // A finish reason that stands for an error is no finish: nothing may look whole after it.
        if (delta !== undefined) readDelta(delta, readNumber(choice['index']) ?? 0, events);
        this.readUsage(json, choices, events);
        events.push({ type: 'vendor-error', error: fault });
        chunks.push({ events });
        this.isOver = true;
        return;
      }
      if (this.readChoice(choice, delta, events)) changed = true;
      const list = delta?.['tool_calls'];
      if (Array.isArray(list)) calls = Math.max(calls, list.length);
    }
    this.readUsage(json, choices, events);
    if (!hasChoices) {
      // Clients fail on a frame without choices; one that says nothing either is not worth a frame.
      if (events.length === 0) return;
      json['choices'] = [];
      changed = true;
    }
    if (calls > 1 && choices.length === 1) {
      for (const part of splitToolCalls(json))
        chunks.push({ frame: { data: JSON.stringify(part) }, events: [] });
      changed = true;
    }
    chunks.push({ frame: changed ? { ...frame, data: JSON.stringify(json) } : frame, events });
  }

  /** Azure's first chunk has an empty id: the start waits for a chunk with an id or with choices. */
  private readStart(json: JsonObject, hasChoices: boolean, events: ChatEvent[]): void {
    if (this.started) return;
    const id = readString(json['id']);
    if (id === '' && !hasChoices) return;
    this.started = true;
    this.answerId = id;
    this.shared = pick(json, ['id', 'object', 'created', 'model']);
    const created = readNumber(json['created']);
    events.push({
      type: 'start',
      id,
      model: readString(json['model']),
      ...(created === undefined || created === 0 ? undefined : { created }),
    });
  }

  /** Returns whether the choice was changed. */
  private readChoice(choice: JsonObject, delta: JsonObject | undefined, events: ChatEvent[]): boolean {
    const number = typeof choice['index'] === 'number' ? choice['index'] : 0;
    const before = events.length;
    let changed = false;
    if (delta !== undefined) {
      readDelta(delta, number, events);
      changed = flattenContent(delta);
      if (Array.isArray(delta['tool_calls'])) {
        if (this.trackerOf(number).read(delta['tool_calls'], this.answerId, events)) changed = true;
      } else {
        const legacy = readObject(delta['function_call']);
        // A copy, so that the frame keeps the legacy shape that its caller asked for.
        if (legacy !== undefined)
          this.trackerOf(number).read([{ index: 0, function: legacy }], this.answerId, events);
      }
    }
    if (this.begun[number] !== true && events.slice(before).some(isContentEvent)) this.begun[number] = true;
    const logprobs = readObject(choice['logprobs']);
    if (logprobs !== undefined) events.push(withChoice({ type: 'logprobs', logprobs }, number));
    const raw = choice['finish_reason'];
    // OpenRouter says it twice.
    if (typeof raw === 'string' && raw !== '' && this.finished[number] !== true) {
      this.finished[number] = true;
      const tools = this.tools[number];
      tools?.close(events);
      events.push(
        withChoice(
          { type: 'finish', finish: decodeFinish(raw, tools !== undefined && tools.count > 0) },
          number,
        ),
      );
    }
    return changed;
  }

  /** Some vendors never send a finish reason: their end marker says as much, where something of the answer has come. */
  private finishAnswers(chunks: ChatChunk[]): void {
    for (const number of this.begun.keys()) {
      if (this.begun[number] !== true || this.finished[number] === true) continue;
      const reason = (this.tools[number]?.count ?? 0) > 0 ? 'tool_calls' : 'stop';
      const choice: JsonObject = { index: number, delta: {}, finish_reason: reason };
      const events: ChatEvent[] = [];
      this.readChoice(choice, undefined, events);
      chunks.push({ frame: { data: JSON.stringify({ ...this.shared, choices: [choice] }) }, events });
    }
  }

  private trackerOf(choice: number): ToolCallTracker {
    let tracker = this.tools[choice];
    if (tracker === undefined) {
      tracker = new ToolCallTracker(choice, this.options?.toolNames);
      this.tools[choice] = tracker;
    }
    return tracker;
  }

  /** Most vendors report it at the top, Groq in `x_groq`, Moonshot in the choice. */
  private readUsage(json: JsonObject, choices: readonly JsonValue[], events: ChatEvent[]): void {
    const first = choices[0];
    const value =
      readObject(json['usage']) ??
      readObject(json['x_groq'])?.['usage'] ??
      (isJsonObject(first) ? first['usage'] : undefined);
    const usage = value === undefined ? undefined : decodeUsage(value);
    if (usage !== undefined) events.push({ type: 'usage', usage });
  }
}

/** An `error` member, Groq's `event: error`, or a body that is an error itself (vLLM, DashScope). */
function isError(frame: SseFrame, json: JsonObject): boolean {
  if (json['error'] !== undefined && json['error'] !== null) return true;
  if (frame.event === 'error') return true;
  if (json['choices'] !== undefined) return false;
  if (json['object'] === 'error' || json['type'] === 'error') return true;
  return json['code'] !== undefined && json['code'] !== null && typeof json['message'] === 'string';
}

function readFault(choice: JsonObject): ReturnType<typeof readFinishFault> {
  if (readObject(choice['error']) !== undefined) return decodeStreamError(choice);
  return readFinishFault(readString(choice['finish_reason']));
}

function pick(json: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([name]) => names.includes(name)));
}
