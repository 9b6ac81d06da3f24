import { describe, expect, it } from 'vitest';
import type { SseFrame } from '../../contract/chat-event.js';
import { inPieces, readSse } from '../../../test/support/stream-helpers.js';
import { encodeSse } from './encode-sse.js';
import { EventTooLarge, SseDecoder } from './sse-decoder.js';

function decode(text: string, size = Infinity): SseFrame[] {
  const bytes = new TextEncoder().encode(text);
  return readSse(inPieces(bytes, Math.min(size, Math.max(1, bytes.length))));
}

describe('SseDecoder', () => {
  const cases: readonly (readonly [name: string, text: string, wanted: readonly string[]])[] = [
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['no space after the colon', 'data:{"a":1}\n\n', ['{"a":1}']],
    ['data over several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['comments', ': PROCESSING\n\ndata: a\n\n: keep-alive\n\n', ['a']],
    ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
    ['characters of several bytes', 'data: aä€😀\n\n', ['aä€😀']],
    ['an event without its blank line', 'data: a\n\ndata: b', ['a', 'b']],
    ['an event that ends with one line break', 'data: a\n\ndata: b\n', ['a', 'b']],
    ['an event that ends with half a CRLF', 'data: a\r\n\r\ndata: b\r', ['a', 'b']],
    ['no bytes', '', []],
  ];

  it.each(cases)('[84] reads %s at every split', (_name, text, wanted) => {
    for (const size of [1, 2, 3, 5, Infinity]) {
      expect(decode(text, size).map((frame) => frame.data)).toEqual(wanted);
    }
  });

  it('keeps event names and ids', () => {
    const [frame] = decode('event: error\nid: 7\ndata: x\n\n');
    expect(frame).toEqual({ event: 'error', id: '7', data: 'x' });
  });

  it('[84] reads an event of 1 MB that comes in small reads in linear time', () => {
    const text = `data: ${'x'.repeat(1_000_000)}\n\n`;
    const started = performance.now();
    const [frame] = decode(text, 100);
    expect(frame?.data.length).toBe(1_000_000);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('refuses an event beyond its limit', () => {
    const chunk = new TextEncoder().encode('x'.repeat(4 * 1024 * 1024));
    const decoder = new SseDecoder();
    decoder.read(new TextEncoder().encode('data: '));
    const read = (): void => {
      for (let count = 0; count < 10; count += 1) expect(decoder.read(chunk)).toEqual([]);
    };
    expect(read).toThrow(EventTooLarge);
  });

  it('reads back what encodeSse writes', () => {
    const frames: readonly SseFrame[] = [{ data: 'a' }, { event: 'x', id: '1', data: 'a\nb' }];
    const read = decode(frames.map(encodeSse).join(''));
    expect(read.map(({ event, id, data }) => ({ event, id, data }))).toEqual([
      { event: undefined, id: undefined, data: 'a' },
      { event: 'x', id: '1', data: 'a\nb' },
    ]);
  });
});
