import { describe, expect, test } from 'vitest';
import { cutText, toSafeJson } from './safe-json.js';

describe('toSafeJson', () => {
  test.each([
    ['plain', 'plain'],
    ['a\0b', 'a\uFFFDb'],
    ['half \uD83D of a pair', 'half \uFFFD of a pair'],
    ['a whole 😀', 'a whole 😀'],
    ['an escape that somebody wrote: \\u0000 \\ud800', 'an escape that somebody wrote: \\u0000 \\ud800'],
  ])('%j is kept as %j', (text, expected) => {
    expect(JSON.parse(toSafeJson({ list: [[text]] }))).toEqual({ list: [[expected]] });
  });
});

describe('cutText', () => {
  test.each([
    ['as it is, where it fits', 'short', 10, 'short'],
    ['as it is, where it just fits', '1234567890', 10, '1234567890'],
    ['its beginning', '12345678901', 10, '1234567…'],
    ['no part of a character', '漢漢漢漢', 10, '漢漢…'],
    ['no half of a pair', '12345😀😀', 10, '12345…'],
    ['what is safe', '\0\0\0\0', 10, '\uFFFD\uFFFD…'],
  ])('gives %s', (_title, text, bytes, expected) => {
    const cut = cutText(text, bytes);
    expect(cut).toBe(expected);
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
  });
});
