import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { patchJson } from './patch-json.js';
import { patchOriginal } from './patch-original.js';

type Edits = Readonly<Record<string, JsonValue | undefined>>;

const patch = (text: string, edits: Edits): string =>
  patchOriginal({ text, json: JSON.parse(text) as JsonObject }, edits);

const NAMES = ['model', 'store', 'a', 'stream_options'];
const names = fc.constantFrom(...NAMES);
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  names,
  names.map((name) => `{"${name}":1}`),
  fc.dictionary(names, names),
) as fc.Arbitrary<JsonValue>;
const edits = fc.dictionary(names, fc.option(values, { nil: undefined }));

/** Members in any order, also twice, with spaces anywhere and names and characters that are escaped. */
const texts = fc
  .array(fc.tuple(names, values, fc.constantFrom('', ' ', '\n\t'), fc.boolean()), { maxLength: 5 })
  .map((members) => {
    const written = members.map(([name, value, space, isEscaped]) => {
      const quoted = isEscaped
        ? `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`
        : JSON.stringify(name);
      return `${space}${quoted}${space}:${space}${JSON.stringify(value, null, space)}${space}`;
    });
    return `{${written.join(',')}}\n`;
  });

describe('patchOriginal', () => {
  it('does what the walk through all members does, byte for byte', () => {
    fc.assert(
      fc.property(texts, edits, (text, wanted) => {
        expect(patch(text, wanted)).toBe(patchJson(text, wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  const cases: readonly (readonly [name: string, text: string, edits: Edits, wanted: string])[] = [
    [
      'a member behind others',
      '{"m":[{"a":1}] , "model" : "x" }',
      { model: 'y' },
      '{"m":[{"a":1}] , "model" : "y" }',
    ],
    ['two members at once', '{"a":1,"b":2,"c":3}', { c: 5, a: 4 }, '{"a":4,"b":2,"c":5}'],
    ['one that is not there', '{"a":{"b":{}} }', { c: { d: 1 } }, '{"a":{"b":{}} ,"c":{"d":1}}'],
    ['one in an empty object', '{ }', { a: 1 }, '{"a":1}'],
    ['a name that is a value too', '{"a":"model","model":"x"}', { model: 'y' }, '{"a":"model","model":"y"}'],
    [
      'a name within others',
      '{"o":{"model":1},"model":"x"}',
      { model: 'y' },
      '{"o":{"model":1},"model":"y"}',
    ],
    [
      'a name in quotes in a string',
      '{"s":"{\\"model\\":1}","model":2}',
      { model: 3 },
      '{"s":"{\\"model\\":1}","model":3}',
    ],
    ['a name with escapes', '{"m\\u006fdel":1,"model":2}', { model: 3 }, '{"m\\u006fdel":3,"model":3}'],
  ];

  it.each(cases)('finds %s', (_name, text, wanted, expected) => {
    expect(patch(text, wanted)).toBe(expected);
  });

  it('returns the same text when nothing changes', () => {
    const text = '{"a":1, "b": {"c" : 2}}';
    expect(patch(text, { a: 1, b: { c: 2 }, d: undefined })).toBe(text);
  });
});
