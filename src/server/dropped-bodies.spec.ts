import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DroppedBodies } from './dropped-bodies.js';

const KB = 1_024;

/** `entryTypes: ['gc']` */
type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number; readonly flags: number } };

describe('bodies that are dropped', () => {
  let dropped: DroppedBodies;
  let observer: PerformanceObserver;
  let forced: number;

  /** Collections of the young generation that somebody asked for since the last time. */
  const collections = async (): Promise<number> => {
    // The first one collects, and a later one tells of it.
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    const count = forced;
    forced = 0;
    return count;
  };
  const drop = (count: number, bytes: number): void => {
    for (let index = 0; index < count; index++) dropped.note(bytes);
  };

  beforeEach(() => {
    dropped = new DroppedBodies();
    forced = 0;
    observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as GcEntry[]) {
        const isMinor = entry.detail.kind === constants.NODE_PERFORMANCE_GC_MINOR;
        if (isMinor && (entry.detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) forced++;
      }
    });
    observer.observe({ entryTypes: ['gc'] });
  });

  afterEach(() => {
    observer.disconnect();
  });

  it('are collected at 16 MB, and then at 16 MB more', async () => {
    drop(255, 64 * KB);
    expect(await collections()).toBe(0);
    drop(1, 64 * KB);
    expect(await collections()).toBe(1);
    drop(255, 64 * KB);
    expect(await collections()).toBe(0);
    drop(1, 64 * KB);
    expect(await collections()).toBe(1);
  });

  it('count with 256 KB at most, however many they claim to have', async () => {
    drop(63, Number.MAX_SAFE_INTEGER);
    expect(await collections()).toBe(0);
    drop(1, Number.MAX_SAFE_INTEGER);
    expect(await collections()).toBe(1);
  });
});
