import { isContentEvent, type ChatChunk, type ChatEvent, type SseFrame } from '../../contract/chat-event.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { parseJson } from '../json/parse-json.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';
import type { FrameReader } from '../sse/frame-decoder.js';
import { decodeStreamError } from '../error/decode-vendor-error.js';
import { isError, readBlockedPrompt } from './decode-error.js';
import { decodeCall, encryptSignature, readAnnotations, readSignature } from './decode-parts.js';
import { decodeFinish, readFinishReason } from './map-finish-reason.js';
import { decodeUsage } from './map-usage.js';

const MALFORMED: ChatChunk = { events: [{ type: 'malformed' }] };

/** Reads the frames of one stream, each a whole `GenerateContentResponse`. One reader belongs to one stream. */
export class StreamReader implements FrameReader {
  /** Nothing after this is read. */
  isOver = false;
  private started = false;
  private answerId = '';
  /** Function calls so far, by candidate. */
  private readonly calls: number[] = [];
  private readonly finished: boolean[] = [];
  /** Answers of which something has come. */
  private readonly begun: boolean[] = [];

  constructor(private readonly options: DecodeOptions | undefined) {}

  read(frame: SseFrame, chunks: ChatChunk[]): void {
    const chunk = this.readFrame(frame);
    if (chunk.events[0]?.type === 'end') this.finishAnswers(chunks);
    chunks.push(chunk);
  }

  /** An end marker says as much as a finish reason, where something of the answer has come. */
  private finishAnswers(chunks: ChatChunk[]): void {
    for (const index of this.begun.keys()) {
      if (this.begun[index] !== true || this.finished[index] === true) continue;
      const json = { candidates: [{ index, content: { role: 'model', parts: [] }, finishReason: 'STOP' }] };
      chunks.push({ frame: { data: JSON.stringify(json) }, events: this.readResponse(json) });
    }
  }

  private readFrame(frame: SseFrame): ChatChunk {
    // Gemini has no end marker; some relays add OpenAI's.
    if (frame.data.trim() === '[DONE]') {
      this.isOver = true;
      return { events: [{ type: 'end' }] };
    }
    let json: JsonValue;
    try {
      json = parseJson(frame.data);
    } catch {
      return MALFORMED;
    }
    if (isError(json)) {
      this.isOver = true;
      return { events: [{ type: 'vendor-error', error: decodeStreamError(json) }] };
    }
    return isJsonObject(json) ? { frame, events: this.readResponse(json) } : MALFORMED;
  }

  private readResponse(json: JsonObject): ChatEvent[] {
    const events: ChatEvent[] = [];
    if (!this.started) {
      this.started = true;
      this.answerId = readString(json['responseId']);
      events.push({ type: 'start', id: this.answerId, model: readString(json['modelVersion']) });
    }
    const candidates = readArray(json['candidates']);
    for (const [position, candidate] of candidates.entries())
      if (isJsonObject(candidate)) this.readCandidate(candidate, position, events);
    const usage = decodeUsage(json['usageMetadata']);
    if (usage !== undefined) events.push({ type: 'usage', usage });
    const blocked = candidates.length > 0 ? undefined : readBlockedPrompt(readObject(json['promptFeedback']));
    if (blocked !== undefined) {
      this.isOver = true;
      events.push({ type: 'vendor-error', error: blocked });
    }
    return events;
  }

  private readCandidate(candidate: JsonObject, position: number, events: ChatEvent[]): void {
    const number = readNumber(candidate['index']) ?? position;
    const choice = number === 0 ? undefined : { choice: number };
    for (const part of readArray(readObject(candidate['content'])?.['parts']))
      if (isJsonObject(part)) this.readPart(part, number, choice, events);
    if (this.begun[number] !== true && events.some((event) => isContentEvent(event) && isOf(event, number)))
      this.begun[number] = true;
    const items = readAnnotations(candidate);
    if (items.length > 0)
      events.push({ type: 'annotations', annotations: { format: 'gemini', items }, ...choice });
    const raw = readFinishReason(candidate['finishReason']);
    if (raw === '' || this.finished[number] === true) return;
    this.finished[number] = true;
    events.push({ type: 'finish', finish: decodeFinish(raw, (this.calls[number] ?? 0) > 0), ...choice });
  }

  private readPart(
    part: JsonObject,
    number: number,
    choice: { choice: number } | undefined,
    events: ChatEvent[],
  ): void {
    const call = readObject(part['functionCall']);
    if (call !== undefined) {
      const index = this.calls[number] ?? 0;
      this.calls[number] = index + 1;
      const place = { answerId: this.answerId, choice: number, index };
      const { id, name, arguments: text } = decodeCall(call, part, place, this.options);
      events.push({ type: 'tool-call-start', index, id, name, ...choice });
      events.push({ type: 'tool-call-delta', index, arguments: text, ...choice });
      return;
    }
    const text = part['text'];
    if (typeof text !== 'string') {
      events.push({ type: 'opaque', format: 'gemini', value: part, ...choice });
    } else if (part['thought'] === true) {
      if (text !== '') events.push({ type: 'reasoning-delta', text, ...choice });
    } else {
      if (text !== '') events.push({ type: 'text-delta', text, ...choice });
      const signature = readSignature(part);
      if (signature !== '')
        events.push({ type: 'reasoning-signature', encrypted: encryptSignature(signature), ...choice });
    }
  }
}

function isOf(event: ChatEvent, choice: number): boolean {
  return 'choice' in event ? event.choice === choice : choice === 0;
}
