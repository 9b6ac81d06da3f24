import { describe, expect, test } from 'vitest';
import { isForgotten, keyOf, readChange, supersedes, type SharedChange } from './shared-change.js';

const rest = (at: number, until: number): SharedChange => ({
  kind: 'rest',
  id: 'one/small',
  at,
  entry: { scope: 'target', reason: '500', isRateLimit: false, since: at, until },
  failedTrials: 0,
});
const release = (at: number, until: number): SharedChange => ({
  kind: 'release',
  id: 'one/small',
  at,
  until,
});
const disable = (at: number): SharedChange => ({ kind: 'disable', id: 'one', at });
const enable = (at: number): SharedChange => ({ kind: 'enable', id: 'one', at });

describe('a shared change', () => {
  test.each<[string, SharedChange, SharedChange, boolean]>([
    ['a longer rest, whenever it was told', rest(1, 90), rest(5, 80), true],
    ['a shorter rest', rest(9, 70), rest(5, 80), false],
    ['the same again', rest(5, 80), rest(5, 80), false],
    ['the end of an earlier rest', release(6, 80), rest(5, 80), true],
    ['the end of what has been rested again since', release(4, 80), rest(5, 80), false],
    ['a rest after an end', rest(7, 90), release(6, 80), true],
    ['a rest of the very moment of an end', rest(6, 90), release(6, 80), true],
    ['an end of the very moment of a rest', release(6, 80), rest(6, 90), false],
    ['a later word of a person', enable(6), disable(5), true],
    ['an earlier word of a person', disable(5), enable(6), false],
    ['of two words at once the cautious one', disable(5), enable(5), true],
  ])('%s', (_, change, known, expected) => {
    expect(keyOf(change)).toBe(keyOf(known));
    expect(supersedes(change, known)).toBe(expected);
  });

  test('is forgotten a minute after it has lost its meaning, and never if a person made it', () => {
    expect([isForgotten(rest(1, 100), 60_099), isForgotten(rest(1, 100), 60_100)]).toEqual([false, true]);
    expect([isForgotten(release(200, 100), 60_199), isForgotten(release(200, 100), 60_200)]).toEqual([
      false,
      true,
    ]);
    expect(isForgotten(enable(1), Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  test.each([rest(1, 2), release(1, 2), disable(3), enable(4)])('survives JSON: %j', (change) => {
    expect(readChange(JSON.parse(JSON.stringify(change)))).toEqual(change);
  });

  test.each([
    null,
    'rest',
    [],
    {},
    { ...disable(1), kind: 'explode' },
    { ...disable(1), id: 7 },
    { ...disable(1), at: '1' },
    { kind: 'release', id: 'one', at: 1 },
    { ...rest(1, 2), entry: null },
    { ...rest(1, 2), failedTrials: undefined },
    { ...rest(1, 2), entry: { scope: 'planet', reason: '', isRateLimit: false, since: 1, until: 2 } },
    { ...rest(1, 2), entry: { scope: 'target', reason: '', isRateLimit: false, since: 1, until: null } },
  ])('is not read from %j', (value) => {
    expect(readChange(value)).toBeUndefined();
  });
});
