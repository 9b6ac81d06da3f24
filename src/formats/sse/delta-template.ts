import type { ChatChunk, ChatEvent, SseFrame } from '../../contract/chat-event.js';
import { findStringEnd } from '../json/find-json-end.js';

type DeltaEvent = Extract<ChatEvent, { type: 'text-delta' | 'reasoning-delta' | 'tool-call-delta' }>;

/** A value that changes from one delta to the next: what it says, or a padding or a number that nobody reads. */
interface Hole {
  readonly kind: 'text' | 'padding' | 'number';
  readonly start: number;
  readonly end: number;
}

/** Ends a JSON string, or stands for something else in it. */
const NOT_LITERAL = /["\\\u0000-\u001f]/;
/** Padding that hides the length of a token: OpenAI's, Mistral's. */
const PADDING = /"(?:obfuscation|p)":"([^"\\]*)"/d;
const NUMBER = /"sequence_number":(\d+)/d;

/**
 * Most frames of a stream are the JSON of the frame before with another text in it, and parsing them is most of what a
 * stream costs. A template knows everything around the text. A frame that has all of it, and between it a valid JSON
 * string, is proven to be the same event with that string; every other frame has to be read in full.
 *
 * It holds as long as nothing else is read: what a delta says may depend on the frames before it.
 */
export class DeltaTemplate {
  /** How many frames it has read. */
  uses = 0;

  private constructor(
    /** What stands before, between and behind the holes, without a backslash. */
    private readonly pieces: readonly string[],
    private readonly kinds: readonly Hole['kind'][],
    private readonly name: string | undefined,
    private readonly event: DeltaEvent,
  ) {}

  /**
   * Learns from a frame that has been read into `chunk`. `undefined` where it is not one plain delta that goes on as it
   * came, or where the place of its text is in doubt.
   *
   * @param read reads a frame in full: what is learnt must stand the test of another text
   */
  static learn(
    frame: SseFrame,
    chunk: ChatChunk,
    read: (frame: SseFrame) => readonly ChatChunk[],
  ): DeltaTemplate | undefined {
    const [event] = chunk.events;
    if (event === undefined || chunk.events.length > 1 || chunk.frame !== frame || !isDelta(event))
      return undefined;
    const text = textOf(event);
    const holes = findHoles(frame.data, text);
    if (holes === undefined) return undefined;
    const pieces = cutAround(frame.data, holes);
    // With every string spelt as it is read, no other one can have the same text.
    if (pieces.some((piece) => piece.includes('\\'))) return undefined;
    const kinds = holes.map(({ kind }) => kind);
    const template = new DeltaTemplate(pieces, kinds, frame.event, event);
    return template.isTrue(frame, `${text}~`, read) ? template : undefined;
  }

  /** The chunk of a frame that differs from the learnt one in its text alone. */
  read(frame: SseFrame): ChatChunk | undefined {
    if (frame.event !== this.name) return undefined;
    const { data } = frame;
    const { pieces, kinds } = this;
    let text: string | undefined = '';
    let position = 0;
    for (let index = 0; index < kinds.length; index += 1) {
      const start = skip(data, position, pieces[index]);
      if (start === -1) return undefined;
      if (kinds[index] === 'number') {
        position = findNumberEnd(data, start);
      } else {
        position = data.indexOf('"', start);
        let value: string | undefined = data.slice(start, position);
        if (NOT_LITERAL.test(value)) {
          position = findQuote(data, start);
          value = readString(data.slice(start - 1, position + 1));
        }
        if (value === undefined) return undefined;
        if (kinds[index] === 'text') text = value;
      }
      if (position === -1) return undefined;
    }
    // An empty text is no delta.
    if (text === '' || skip(data, position, pieces[kinds.length]) !== data.length) return undefined;
    this.uses += 1;
    return { frame, events: [this.say(text)] };
  }

  private isTrue(frame: SseFrame, text: string, read: (frame: SseFrame) => readonly ChatChunk[]): boolean {
    const values = { text, padding: 'x', number: '7' };
    const data = this.kinds.map((kind, index) => `${this.pieces[index] ?? ''}${values[kind]}`).join('');
    const other = { ...frame, data: data + (this.pieces.at(-1) ?? '') };
    const [chunk, ...more] = read(other);
    if (chunk?.frame !== other || more.length > 0) return false;
    return JSON.stringify(chunk.events) === JSON.stringify([this.say(text)]);
  }

  private say(text: string): ChatEvent {
    const { event } = this;
    if (event.type === 'tool-call-delta') return { ...event, arguments: text };
    return event.choice === undefined ? { type: event.type, text } : { ...event, text };
  }
}

function isDelta(event: ChatEvent): event is DeltaEvent {
  return event.type === 'text-delta' || event.type === 'reasoning-delta' || event.type === 'tool-call-delta';
}

function textOf(event: DeltaEvent): string {
  return event.type === 'tool-call-delta' ? event.arguments : event.text;
}

/** In order; `undefined` unless the text stands in one place only. */
function findHoles(data: string, text: string): Hole[] | undefined {
  const quoted = `"${text}"`;
  const place = data.indexOf(quoted);
  if (text === '' || NOT_LITERAL.test(text) || place === -1 || data.includes(quoted, place + 1))
    return undefined;
  const holes: Hole[] = [{ kind: 'text', start: place + 1, end: place + 1 + text.length }];
  for (const [kind, pattern] of [
    ['padding', PADDING],
    ['number', NUMBER],
  ] as const) {
    const [start, end] = pattern.exec(data)?.indices?.[1] ?? [];
    if (start !== undefined && end !== undefined) holes.push({ kind, start, end });
  }
  return holes.sort((one, other) => one.start - other.start);
}

function cutAround(data: string, holes: readonly Hole[]): string[] {
  return [
    ...holes.map(({ start }, index) => data.slice(holes[index - 1]?.end ?? 0, start)),
    data.slice(holes.at(-1)?.end),
  ];
}

/** Position behind a piece that stands here, else -1. A slice is compared many times as fast as by `startsWith`. */
function skip(data: string, position: number, piece = ''): number {
  const end = position + piece.length;
  return data.slice(position, end) === piece ? end : -1;
}

function findNumberEnd(data: string, start: number): number {
  let end = start;
  while (isDigit(data.charCodeAt(end))) end += 1;
  const isNumber = end === start + 1 || (end > start && data.charCodeAt(start) !== 0x30);
  return isNumber ? end : -1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Position of the quote that closes a string, else -1. */
function findQuote(data: string, start: number): number {
  try {
    return findStringEnd(data, start - 1) - 1;
  } catch {
    return -1;
  }
}

function readString(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
