import { describe, expect, it } from 'vitest';
import { interpolate } from './interpolate.js';

const variables = { NAME: 'value', EMPTY: '', TRICKY: 'a${NAME}$&b', _a1: 'x' };

describe('interpolate', () => {
  it.each([
    ['plain', 'plain', []],
    ['$NAME and $', '$NAME and $', []],
    ['${NAME}', 'value', []],
    ['a-${NAME}-${_a1}', 'a-value-x', []],
    ['${MISSING:-8000}', '8000', []],
    ['${EMPTY:-http://host:1/v1}', 'http://host:1/v1', []],
    ['${MISSING:-}', '', []],
    ['${NAME:-other}', 'value', []],
    ['${MISSING}/${EMPTY}', '/', ['MISSING', 'EMPTY']],
    ['$${NAME}', '${NAME}', []],
    ['$$${NAME}', '$${NAME}', []],
    ['${TRICKY}', 'a${NAME}$&b', []],
  ])('makes %s into "%s"', (source, text, unset) => {
    expect(interpolate(source, variables)).toMatchObject({ text, unset, malformed: [] });
  });

  it.each([
    ['${NAME', ['${']],
    ['${}', ['${}']],
    ['${a b}', ['${a b}']],
    ['${NAME-x}', ['${NAME-x}']],
    ['${1A}', ['${1A}']],
  ])('calls %s malformed', (source, malformed) => {
    expect(interpolate(source, variables).malformed).toEqual(malformed);
  });

  it.each([
    ['${NAME}', true],
    ['${NAME:-1}', true],
    ['a${NAME}', false],
    ['${NAME}${NAME}', false],
    ['$${NAME}', false],
    ['NAME', false],
  ])('knows whether %s is a reference and nothing else', (source, whole) => {
    expect(interpolate(source, variables).whole).toBe(whole);
  });
});
