import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import { StreamReader as MessagesReader } from '../anthropic-messages/stream-reader.js';
import { StreamReader as ChatReader } from '../openai-chat/stream-reader.js';
import { StreamReader as ResponsesReader } from '../openai-responses/stream-reader.js';
import { FrameDecoder, type FrameReader } from './frame-decoder.js';

/** A format's reader, which counts how many frames it reads. */
class CountingReader implements FrameReader {
  count = 0;

  constructor(private readonly reader: FrameReader) {}

  get isOver(): boolean {
    return this.reader.isOver;
  }

  read(frame: SseFrame, chunks: ChatChunk[]): void {
    this.count += 1;
    this.reader.read(frame, chunks);
  }
}

function readInFull(reader: FrameReader, frames: readonly SseFrame[]): ChatChunk[] {
  const chunks: ChatChunk[] = [];
  for (const frame of frames) if (!reader.isOver) reader.read(frame, chunks);
  return chunks;
}

interface Kind {
  readonly name: string;
  readonly newReader: () => FrameReader;
  /** What comes before the deltas. */
  readonly opening: readonly SseFrame[];
  /** The n-th delta; `text` is JSON. */
  readonly delta: (text: string, number: number) => SseFrame;
}

const chatDelta = (delta: string, more = ''): SseFrame => ({
  data: `{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":null}],"usage":null${more}}`,
});
const message = (json: string): SseFrame => ({ event: json.split('"')[3], data: json });
const blockDelta = (delta: string): SseFrame =>
  message(`{"type":"content_block_delta","index":0,"delta":${delta}}`);
const block = (start: string): SseFrame =>
  message(`{"type":"content_block_start","index":0,"content_block":${start}}`);
const newChat = (): FrameReader => new ChatReader(undefined);
const newMessages = (): FrameReader => new MessagesReader(undefined);
const padding = (number: number): string => 'x'.repeat((number * 7) % 11);

const KINDS: readonly Kind[] = [
  {
    name: 'a text of OpenAI',
    newReader: newChat,
    opening: [chatDelta('{"role":"assistant","content":"","refusal":null}')],
    delta: (text) => chatDelta(`{"content":${text}}`),
  },
  {
    name: 'a text with padding',
    newReader: newChat,
    opening: [chatDelta('{"role":"assistant","content":""}')],
    delta: (text, number) => chatDelta(`{"content":${text}}`, `,"obfuscation":"${padding(number)}"`),
  },
  {
    name: 'a text with padding before it',
    newReader: newChat,
    opening: [],
    delta: (text, number) => ({
      data: `{"id":"c1","p":"${padding(number)}","choices":[{"delta":{"content": ${text}},"index":0}]}`,
    }),
  },
  {
    name: 'the text of a second answer',
    newReader: newChat,
    opening: [],
    delta: (text) => ({ data: `{"id":"c1","choices":[{"index":1,"delta":{"content":${text}}}]}` }),
  },
  {
    name: 'reasoning of DeepSeek',
    newReader: newChat,
    opening: [chatDelta('{"role":"assistant","content":null,"reasoning_content":""}')],
    delta: (text) => chatDelta(`{"content":null,"reasoning_content":${text}}`),
  },
  {
    name: 'arguments of a tool call of OpenAI',
    newReader: newChat,
    opening: [chatDelta('{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f"}}]}')],
    delta: (text) => chatDelta(`{"tool_calls":[{"index":0,"function":{"arguments":${text}}}]}`),
  },
  {
    name: 'a text of Anthropic',
    newReader: newMessages,
    opening: [block('{"type":"text","text":""}')],
    delta: (text) => blockDelta(`{"type":"text_delta","text":${text}}`),
  },
  {
    name: 'thinking of Anthropic',
    newReader: newMessages,
    opening: [block('{"type":"thinking","thinking":""}')],
    delta: (text) => blockDelta(`{"type":"thinking_delta","thinking":${text}}`),
  },
  {
    name: 'input of a tool of Anthropic',
    newReader: newMessages,
    opening: [block('{"type":"tool_use","id":"t","name":"f","input":{}}')],
    delta: (text) => blockDelta(`{"type":"input_json_delta","partial_json":${text}}`),
  },
  {
    name: 'a text of Responses',
    newReader: () => new ResponsesReader(undefined),
    opening: [],
    delta: (text, number) =>
      message(
        `{"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":${text},"logprobs":[],"sequence_number":${String(number)},"obfuscation":"${padding(number)}"}`,
      ),
  },
  {
    name: 'a whole text of Responses, which counts once',
    newReader: () => new ResponsesReader(undefined),
    opening: [],
    delta: (text) =>
      message(`{"type":"response.output_text.done","output_index":0,"content_index":0,"text":${text}}`),
  },
];

const escapeAll = (text: string): string =>
  `"${Array.from({ length: text.length }, (_, index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')}"`;

/** Any text, in any spelling that JSON has for it. */
const TEXT = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', 'word', ' the', '"', '\\', '\\"', '\n', '\ud800', '\u2028', '{"a":1}', 'null'),
  )
  .chain((text) => fc.constantFrom(JSON.stringify(text), escapeAll(text)));
const NUMBER = fc.integer({ min: 0, max: 200 });

/** A change to the text of a frame, which may leave it no JSON at all. */
const EDIT = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 2 }),
  insert: fc.constantFrom('', '"', '\\', '}', ']', '{', ',', ' ', '0', '1', 'x', '\n', '\u0001', 'null'),
});

function edit(
  frame: SseFrame,
  { place, cut, insert }: { place: number; cut: number; insert: string },
): SseFrame {
  const { data } = frame;
  const at = Math.floor(place * data.length);
  return { ...frame, data: data.slice(0, at) + insert + data.slice(at + cut) };
}

describe.each(KINDS)('the template of $name', ({ newReader, opening, delta }) => {
  test('says of every frame what reading it in full says', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(TEXT, NUMBER), { minLength: 1, maxLength: 12 }), (texts) => {
        const frames = [...opening, ...texts.map(([text, number]) => delta(text, number))];
        const decoder = new FrameDecoder(newReader());
        expect(decoder.read(frames)).toEqual(readInFull(newReader(), frames));
      }),
      { numRuns: 300 },
    );
  });

  test('says of a frame that is nearly like the others what reading it in full says', () => {
    const words = ['"one"', '"two"', '"three"'].map((text, index) => delta(text, index));
    const last = delta('"last"', 9);
    fc.assert(
      fc.property(TEXT, NUMBER, EDIT, fc.boolean(), (text, number, change, isRenamed) => {
        const changed = edit(delta(text, number), change);
        const other = isRenamed ? { ...changed, event: 'error' } : changed;
        const frames = [...opening, ...words, other, last, ...words];
        const decoder = new FrameDecoder(newReader());
        expect(decoder.read(frames)).toEqual(readInFull(newReader(), frames));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a stream of deltas', () => {
  const LEARNING = 2;

  test.each(KINDS.filter(({ name }) => !name.includes('once')))('of $name is parsed once', (kind) => {
    const reader = new CountingReader(kind.newReader());
    const decoder = new FrameDecoder(reader);
    decoder.read(kind.opening);
    const before = reader.count;
    const texts = ['first', ' word', '\n\n', 'q"', 'ü', '😀', '\\n'];
    const chunks = decoder.read(texts.map((text, index) => kind.delta(JSON.stringify(text), index * 3)));
    const first = reader.count - before;
    expect(chunks).toHaveLength(texts.length);
    // What the vendor sends first may open the answer, so that the second is the first plain delta.
    expect(first).toBeLessThanOrEqual(1 + LEARNING);
  });

  test('whose frames all differ is not read twice for ever', () => {
    const reader = new CountingReader(newChat());
    const decoder = new FrameDecoder(reader);
    const frames = Array.from({ length: 1_000 }, (_, index) =>
      chatDelta('{"content":"word"}', `,"time":${String(index)}`),
    );
    expect(decoder.read(frames)).toHaveLength(1_000);
    expect(reader.count).toBeLessThan(1_030);
  });

  test('goes on by a new template after something else came between', () => {
    const reader = new CountingReader(newMessages());
    const decoder = new FrameDecoder(reader);
    const word = blockDelta('{"type":"text_delta","text":"word"}');
    const thought = blockDelta('{"type":"thinking_delta","thinking":"hm"}');
    const chunks = decoder.read([
      word,
      word,
      word,
      message('{"type":"ping"}'),
      word,
      word,
      thought,
      thought,
      thought,
    ]);
    expect(chunks.flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
      ...Array<string>(3).fill('text-delta'),
      'ping',
      ...Array<string>(2).fill('text-delta'),
      ...Array<string>(3).fill('reasoning-delta'),
    ]);
    expect(reader.count).toBe(4 + 3);
  });
});
