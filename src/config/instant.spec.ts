import { describe, expect, it } from 'vitest';
import { parseInstant } from './instant.js';

describe('a point in time', () => {
  it.each([
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2027-01-31T18:00Z', '2027-01-31T18:00:00.000Z'],
    ['2027-01-31T18:00:30.25Z', '2027-01-31T18:00:30.250Z'],
    ['2027-01-31T00:30:00+02:00', '2027-01-30T22:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, time) => {
    expect(new Date(parseInstant(text) ?? NaN).toISOString()).toBe(time);
  });

  it.each([
    '',
    'tomorrow',
    '2027',
    '2027-01',
    '2027-1-31',
    '2027-02-29',
    '2027-13-01',
    '2027-00-10',
    '2027-01-31T18:00:00',
    '2027-01-31T25:00:00Z',
    '2027-01-31 18:00:00Z',
    '2027-01-31T18:00:00+02',
    '31.01.2027',
    '1900000000',
    ' 2027-01-31',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
