import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { loadSettings } from '../config/load-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { MemoryStore } from './memory-store.js';
import type { StoredValue } from './stored-value.js';

const settingsOf = (cache: string) =>
  loadSettings(
    { GATEWAY_CONFIG: 'a.yaml' },
    () => `providers: [{ name: a, vendor: openai, api_keys: [k] }]\ncache: ${cache}`,
  );

describe('the memory store', () => {
  const clock = new ManualClock();
  let holder: SettingsHolder;
  let store: MemoryStore;

  const value = (bytes: number, ttlMs = 60_000): StoredValue => ({
    createdAt: clock.now(),
    expiresAt: clock.now() + ttlMs,
    packed: Buffer.alloc(bytes, 7),
  });

  beforeEach(() => {
    holder = new SettingsHolder(settingsOf('{ max_size: 100kb }'));
    store = new MemoryStore(holder, clock);
  });

  test('gives what was put in until it expires', () => {
    store.set('a', value(10));
    expect(store.get('a')).toEqual(value(10));
    clock.advance(59_999);
    expect(store.get('a')).toBeDefined();
    clock.advance(1);
    expect(store.get('a')).toBeUndefined();
    expect(store.size).toBe(0);
  });

  test('lets go of what was not used the longest when its bytes are used up', () => {
    for (let index = 0; index < 12; index += 1) {
      store.set(`v${String(index)}`, value(10 * 1024));
      store.get('v0');
      expect(store.size).toBeLessThanOrEqual(100 * 1024);
    }
    const there = Array.from({ length: 12 }, (_value, index) => store.get(`v${String(index)}`) !== undefined);
    expect(there.map(Number).join('')).toBe('100011111111');
  });

  test('counts a value that takes the place of another once', () => {
    for (let time = 0; time < 100; time += 1) store.set('a', value(5 * 1024));
    expect(store.size).toBeLessThan(6 * 1024);
  });

  test('takes no value that would push out too many others', () => {
    store.set('a', value(10));
    store.set('b', value(50 * 1024));
    expect(store.get('a')).toBeDefined();
    expect(store.get('b')).toBeUndefined();
    store.set('a', value(50 * 1024));
    expect(store.get('a')).toBeUndefined();
  });

  test('holds no more of a value than its own bytes', () => {
    store.set('a', { ...value(0), packed: Buffer.alloc(64 * 1024).subarray(0, 10) });
    expect(store.get('a')?.packed.buffer.byteLength).toBe(10);
  });

  test('shrinks with its setting and is empty when the cache is off', () => {
    for (let index = 0; index < 9; index += 1) store.set(`v${String(index)}`, value(10 * 1024));
    holder.replace(settingsOf('{ max_size: 50kb }'));
    expect(store.size).toBeLessThanOrEqual(50 * 1024);
    expect(store.get('v8')).toBeDefined();
    holder.replace(settingsOf('{ mode: off }'));
    expect(store.size).toBe(0);
    store.set('a', value(10));
    expect(store.get('a')).toBeUndefined();
  });

  test('is empty after it was cleared', () => {
    store.set('a', value(10));
    store.clear();
    expect([store.get('a'), store.size]).toEqual([undefined, 0]);
  });
});
