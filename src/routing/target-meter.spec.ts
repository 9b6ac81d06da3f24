import { beforeEach, describe, expect, test } from 'vitest';
import type { Candidate } from './candidate.js';
import { TargetMeter } from './target-meter.js';

const candidate = {
  ids: { provider: 'one', target: 'one/small', key: 'one#k', 'key-model': 'one/small#k' },
} as Candidate;

describe('TargetMeter, told what other replicas have in flight', () => {
  let meter: TargetMeter;

  beforeEach(() => {
    meter = new TargetMeter();
    meter.setRemote('a', new Map([['one/small', 2]]), 1000);
    meter.setRemote('b', new Map([['one/small', 3]]), 2000);
  });

  test('adds it to its own for strategies, and keeps its own apart', () => {
    const running = meter.begin(candidate);
    expect(meter.inFlight('one/small')).toBe(6);
    expect(meter.inFlight('one#k')).toBe(1);
    expect(meter.figures('one/small').inFlight).toBe(1);
    expect(Object.fromEntries(meter.counts)).toEqual({ 'one/small': 1, 'one#k': 1 });
    running.end();
    expect(meter.inFlight('one/small')).toBe(5);
    expect(meter.counts.size).toBe(0);
  });

  test('the newest word of a replica takes the place of the one before', () => {
    meter.setRemote('a', new Map([['two/small', 1]]), 1000);
    expect([meter.inFlight('one/small'), meter.inFlight('two/small')]).toEqual([3, 1]);
    meter.setRemote('a', new Map(), 1000);
    expect(meter.inFlight('two/small')).toBe(0);
  });

  test('a replica that is not heard of in time counts no more', () => {
    meter.expireRemote(999);
    expect(meter.inFlight('one/small')).toBe(5);
    meter.expireRemote(1000);
    expect(meter.inFlight('one/small')).toBe(3);
    meter.expireRemote(2000);
    expect(meter.inFlight('one/small')).toBe(0);
  });
});
