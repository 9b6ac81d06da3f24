import { expect, test } from 'vitest';
import { matchesPattern } from './matches-pattern.js';

test.each([
  ['gpt-4o', 'gpt-4o', true],
  ['gpt-4o', 'gpt-4o-mini', false],
  ['gpt-4o', 'my-gpt-4o', false],
  ['*', '', true],
  ['*', 'anything/at/all', true],
  ['', '', true],
  ['', 'a', false],
  ['gpt-*', 'gpt-4o', true],
  ['gpt-*', 'gpt-', true],
  ['gpt-*', 'gpt', false],
  ['*-mini', 'gpt-4o-mini', true],
  ['*-mini', 'gpt-4o-mini-2024', false],
  ['openai/*', 'openai/org/model', true],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'acb', false],
  ['a*b*c', 'ac', false],
  ['ab*ba', 'aba', false],
  ['ab*b*ba', 'abba', false],
  ['ab*b*ba', 'abbba', true],
  ['**', 'x', true],
  ['a.c', 'abc', false],
  ['[a]*', '[a]b', true],
])('%s and %s: %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test('a hostile pattern and name take no time', () => {
  const begun = performance.now();
  expect(matchesPattern(`${'a*'.repeat(200)}b`, 'a'.repeat(50_000))).toBe(false);
  expect(performance.now() - begun).toBeLessThan(500);
});
