import { describe, expect, test } from 'vitest';
import { CHECKLIST } from './checklist.js';
import { NOT_APPLICABLE } from './not-applicable.js';
import { readQuotedNumbers } from './quoted-numbers.js';

describe('the checklist of translation', () => {
  const quoted = readQuotedNumbers();

  test('has a hundred and seven lines and six of what clients need', () => {
    expect(Object.keys(CHECKLIST).filter((number) => !number.startsWith('C'))).toHaveLength(107);
    expect(Object.keys(CHECKLIST)).toHaveLength(113);
  });

  test('has a test for every line, or a reason why there is none', () => {
    const missing = Object.entries(CHECKLIST).filter(
      ([number]) => !quoted.has(number) && NOT_APPLICABLE[number] === undefined,
    );
    expect(missing.map(([number, what]) => `[${number}] ${what}`)).toEqual([]);
  });

  test('has every number that a test quotes, and no reason for what is tested', () => {
    expect([...quoted.keys()].filter((number) => CHECKLIST[number] === undefined)).toEqual([]);
    expect(Object.keys(NOT_APPLICABLE).filter((number) => quoted.has(number))).toEqual([]);
  });
});
