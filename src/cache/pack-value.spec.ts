import { describe, expect, test } from 'vitest';
import { packPlain, packValue, unpackValue } from './pack-value.js';
import { fromBytes, toBytes } from './stored-value.js';

describe('a packed value', () => {
  test.each([1, 1_000, 5_000, 500_000])('of %i words is what it was', async (count) => {
    const value = { text: 'word '.repeat(count), nothing: null };
    const packed = await packValue(value);
    expect(await unpackValue(packed)).toEqual(value);
    expect(await unpackValue(packPlain(value))).toEqual(value);
    if (count > 1_000) expect(packed.length).toBeLessThan(count);
  });

  test('that is damaged, or of another release, is none', async () => {
    const packed = await packValue({ text: 'word '.repeat(5_000) });
    expect(await unpackValue(packed.subarray(0, packed.length / 2))).toBeUndefined();
    expect(await unpackValue(Buffer.concat([Buffer.of(2), packed.subarray(1)]))).toBeUndefined();
    expect(await unpackValue(Buffer.alloc(0))).toBeUndefined();
    expect(await unpackValue(Buffer.from('\u0001\u0000{'))).toBeUndefined();
  });

  test('keeps its times in Redis', () => {
    const value = { createdAt: 1_767_225_600_123, expiresAt: 1_767_225_700_456, packed: Buffer.from('abc') };
    expect(fromBytes(toBytes(value))).toEqual(value);
    expect(fromBytes(Buffer.alloc(16))).toBeUndefined();
  });
});
