import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.js';
import { parseSize } from './size.js';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['30', '', 's', '-1s', '30 s', '1m30s', '30S', '1y', '.5s'])('does not read "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('parseSize', () => {
  it.each([
    ['512b', 512],
    ['1kb', 1_024],
    ['32mb', 33_554_432],
    ['1.5MB', 1_572_864],
    ['1gb', 1_073_741_824],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['32', '', 'mb', '-1mb', '32 mb', '32m'])('does not read "%s"', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
