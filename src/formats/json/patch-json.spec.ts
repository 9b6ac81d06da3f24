import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../contract/json.js';
import { patchJson } from './patch-json.js';

type Edits = Readonly<Record<string, JsonValue | undefined>>;

describe('patchJson', () => {
  const cases: readonly (readonly [name: string, text: string, edits: Edits, wanted: string])[] = [
    [
      'sets a member and leaves every other byte',
      '{ "a" : 1 ,\n "b":[1e400, 12345678901234567890]}',
      { a: 2 },
      '{ "a" : 2 ,\n "b":[1e400, 12345678901234567890]}',
    ],
    ['appends a member that is missing', '{"a":1}', { b: { c: true } }, '{"a":1,"b":{"c":true}}'],
    ['appends to an empty object', '{ }', { a: 1 }, '{"a":1}'],
    ['removes the first member', '{"a":1, "b":2}', { a: undefined }, '{ "b":2}'],
    ['removes the last member', '{"a":1, "b":2}', { b: undefined }, '{"a":1}'],
    ['removes the only member', '{"a":1}', { a: undefined }, '{}'],
    ['edits every occurrence of a duplicate key', '{"a":1,"x":0,"a":2}', { a: 3 }, '{"a":3,"x":0,"a":3}'],
    ['does not touch members inside others', '{"o":{"a":1},"a":1}', { a: 2 }, '{"o":{"a":1},"a":2}'],
    [
      'is not misled by braces, quotes and backslashes in strings',
      '{"s":"}\\\\\\",{[","a":1}',
      { a: 2 },
      '{"s":"}\\\\\\",{[","a":2}',
    ],
    ['knows a key that is written with escapes', '{"\\u0061":1}', { a: 2 }, '{"\\u0061":2}'],
    [
      'leaves a member alone that has the value already',
      '{"a": {"b" : 1}}',
      { a: { b: 1 } },
      '{"a": {"b" : 1}}',
    ],
    ['skips a byte order mark and white space', '\ufeff\n {"a":1}\n', { a: 2 }, '\ufeff\n {"a":2}\n'],
  ];

  it.each(cases)('%s', (_name, text, edits, wanted) => {
    expect(patchJson(text, edits)).toBe(wanted);
  });

  it('returns the same text when nothing changes', () => {
    const text = '{"a":1}';
    expect(patchJson(text, { a: 1, b: undefined })).toBe(text);
  });

  it.each(['[]', '"a"', '{"a":1', '{"a" 1}', '{"a":"x'])('refuses %s', (text) => {
    expect(() => patchJson(text, { a: 2 })).toThrow(SyntaxError);
  });

  it('passes a large string by in next to no time', () => {
    const text = `{"data":"${'A'.repeat(8_000_000)}","model":"x"}`;
    const started = performance.now();
    const patched = patchJson(text, { model: 'y' });
    expect(performance.now() - started).toBeLessThan(200);
    expect(patched.endsWith('"model":"y"}')).toBe(true);
    expect(patched.length).toBe(text.length);
  });
});
