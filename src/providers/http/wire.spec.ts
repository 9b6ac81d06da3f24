import fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Wire } from './wire.js';

const header = fc.stringMatching(/^[a-z]{1,8}: [\x20-\x7e]{0,20}$/);
const interim = fc
  .record({
    version: fc.constantFrom('1.1', '1.0'),
    status: fc.constantFrom('100 Continue', '102 Processing', '103 Early Hints', '100'),
    headers: fc.array(header, { maxLength: 3 }),
  })
  .map(({ version, status, headers }) => [`HTTP/${version} ${status}`, ...headers, '', ''].join('\r\n'));
/** What must go on as it is, whole answers or not. */
const rest = fc.oneof(
  fc
    .tuple(fc.constantFrom('200 OK', '503 x', '404 Not Found'), fc.string({ maxLength: 40 }))
    .map(([status, body]) => `HTTP/1.1 ${status}\r\n\r\n${body}HTTP/1.1 100 Continue\r\n\r\n`),
  fc.constantFrom('', 'no HTTP at all', 'HTTP/2 nonsense', '\r\n\r\n'),
);

/** What is read of the bytes that come in pieces of these lengths. */
function readThrough(wire: Wire, bytes: Buffer, lengths: readonly number[]): string {
  const socket = new PassThrough();
  wire.attach(socket);
  wire.begin();
  let read = '';
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    const piece = bytes.subarray(at, at + length);
    at += length;
    if (piece.length === 0) continue;
    socket.write(piece);
    for (let part = socket.read() as Buffer | null; part !== null; part = socket.read() as Buffer | null) {
      read += part.toString('latin1');
    }
  }
  return read;
}

describe('what a socket brings', () => {
  test('is without its interim heads, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(interim, { maxLength: 4 }),
        rest,
        fc.array(fc.nat({ max: 40 }), { maxLength: 20 }),
        (heads, answer, lengths) => {
          const bytes = Buffer.from(heads.join('') + answer, 'latin1');
          const wire = new Wire();
          expect(readThrough(wire, bytes, lengths)).toBe(Buffer.from(answer, 'latin1').toString('latin1'));
          expect(wire.isSilent).toBe(bytes.length === 0);
        },
      ),
    );
  });

  test('a head that never ends is handed on', () => {
    const bytes = Buffer.from(`HTTP/1.1 100 Continue\r\nx: ${'y'.repeat(70_000)}`);
    expect(readThrough(new Wire(), bytes, [1_000])).toBe(bytes.toString());
  });
});

test('a socket has been used from its second request on', () => {
  const wire = new Wire();
  wire.attach(new PassThrough());
  expect([wire.begin(), wire.begin(), wire.begin()]).toEqual([false, true, true]);
  wire.attach(new PassThrough());
  expect(wire.begin()).toBe(false);
});
