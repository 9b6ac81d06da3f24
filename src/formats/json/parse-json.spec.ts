import { describe, expect, it } from 'vitest';
import { parseJson, toNumber } from './parse-json.js';

describe('parseJson', () => {
  it.each([
    '{"a":12345678901234567890}',
    '{"a":[1.12345678901234567890,-9007199254740993]}',
    '{"a":0.1,"b":"x"}',
  ])('gives %s back unchanged when it is written again', (text) => {
    expect(JSON.stringify(parseJson(text))).toBe(text);
  });

  it.each([
    '12345678901234567890',
    '-12345678901234567890',
    '[12345678901234567890]',
    '[1,12345678901234567890]',
    '{"a":12345678901234567890}',
    '{"a": 1.12345678901234567890}',
    '[1,\n-9007199254740993]',
  ])('finds the long number of %s in a long text too', (number) => {
    const image = `"${'iVBORw0KGgo'.repeat(10_000)}"`;
    for (const text of [`[${image},${number}]`, `[${number},${image}]`]) {
      const written = JSON.stringify(parseJson(text));
      expect(written).toBe(text.replace(/(?<=[:,])\s/, ''));
    }
  });

  it('keeps numbers plain that a double holds, in whatever spelling', () => {
    expect(parseJson('{"a":-1.9361264946837764e-07,"b":1234567890123456}')).toEqual({
      a: -1.9361264946837764e-7,
      b: 1234567890123456,
    });
  });

  it('skips a byte order mark', () => {
    expect(parseJson('\ufeff{"a":1}')).toEqual({ a: 1 });
  });

  it('refuses what is not JSON', () => {
    expect(() => parseJson('{')).toThrow(SyntaxError);
  });

  it('reads a raw number as a number where one is needed', () => {
    const json = parseJson('{"seed":12345678901234567890}') as { seed: unknown };
    expect(toNumber(json.seed)).toBe(12345678901234567890);
    expect(toNumber('1')).toBeUndefined();
  });
});
