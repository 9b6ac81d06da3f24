import { describe, expect, test } from 'vitest';
import type { ChatChunk } from '../contract/chat-event.js';
import { SharedStream, type StreamReader } from './shared-stream.js';

const say = (text: string): ChatChunk[] => [{ events: [{ type: 'text-delta', text }] }];
const SIZE = JSON.stringify(say('0')[0]?.events).length;

function open(stream: SharedStream, signal = new AbortController().signal): StreamReader {
  const reader = stream.open(signal, () => undefined);
  if (reader === undefined) throw new Error('not open');
  return reader;
}

async function next({ batches }: StreamReader): Promise<string> {
  const { value, done } = await batches.next();
  return done === true ? 'end' : toText(value);
}

function toText(chunks: readonly ChatChunk[]): string {
  return chunks
    .flatMap(({ events }) => events)
    .map((event) => (event.type === 'text-delta' ? event.text : event.type))
    .join('');
}

async function readAll({ batches }: StreamReader): Promise<string> {
  let text = '';
  for await (const batch of batches) text += toText(batch);
  return text;
}

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a shared stream', () => {
  test('is read live by one and from the beginning by whoever comes later', async () => {
    const stream = new SharedStream();
    const early = open(stream);
    const first = next(early);
    await stream.write(say('a'));
    expect(await first).toBe('a');
    await stream.write(say('b'));
    await stream.write(say('c'));
    const late = open(stream);
    expect(await next(late)).toBe('abc');
    expect(await next(early)).toBe('bc');
    await stream.write(say('d'));
    stream.end();
    expect(await Promise.all([readAll(early), readAll(late), readAll(open(stream))])).toEqual([
      'd',
      'd',
      'abcd',
    ]);
    expect(toText(stream.held ?? [])).toBe('abcd');
  });

  test('fails for all when it fails, after what came before', async () => {
    const stream = new SharedStream();
    const reader = open(stream);
    await stream.write(say('a'));
    stream.fail(new Error('broken'));
    expect(await next(reader)).toBe('a');
    await expect(next(reader)).rejects.toThrow('broken');
    await expect(readAll(open(stream))).rejects.toThrow('broken');
  });

  test('throws caller_left to the reader whose caller left, and to no other', async () => {
    const stream = new SharedStream();
    const caller = new AbortController();
    const leaving = open(stream, caller.signal);
    const staying = open(stream);
    const waiting = next(leaving);
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'caller_left' });
    await stream.write(say('a'));
    stream.end();
    expect(await readAll(staying)).toBe('a');
  });

  test('tells once that a reader is done', async () => {
    const stream = new SharedStream();
    const caller = new AbortController();
    let closed = 0;
    const reader = stream.open(caller.signal, () => (closed += 1));
    stream.end();
    await reader?.batches.next();
    reader?.close();
    caller.abort();
    expect(closed).toBe(1);
  });

  test('holds up the writer while its only reader is far behind', async () => {
    const stream = new SharedStream(2 * SIZE);
    const reader = open(stream);
    await stream.write(say('a'));
    await stream.write(say('b'));
    let isWritten = false;
    const writing = stream.write(say('c')).then(() => (isWritten = true));
    await settle();
    expect(isWritten).toBe(false);
    expect(await next(reader)).toBe('abc');
    await writing;
    stream.end();
    expect(await next(reader)).toBe('end');
    expect(stream.held).toBeUndefined();
    expect(stream.open(new AbortController().signal, () => undefined)).toBeUndefined();
  });

  test('cuts off a reader that is far behind another', async () => {
    const stream = new SharedStream(2 * SIZE);
    const slow = open(stream);
    const fast = open(stream);
    let read = '';
    for (const letter of 'abcdef') {
      const writing = stream.write(say(letter));
      read += await next(fast);
      await writing;
    }
    stream.end();
    expect(read).toBe('abcdef');
    expect(await readAll(slow)).toBe('failure');
  });

  test('goes on when the reader that held it up leaves', async () => {
    const stream = new SharedStream(SIZE);
    const caller = new AbortController();
    open(stream, caller.signal);
    const writing = (async () => {
      for (const letter of 'abc') await stream.write(say(letter));
    })();
    await settle();
    caller.abort();
    await writing;
  });
});
