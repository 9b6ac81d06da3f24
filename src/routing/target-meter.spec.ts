import { beforeEach, describe, expect, test } from 'vitest';
import { candidateOf, makeRoutes } from '../../test/support/make-routes.js';
import { TargetMeter } from './target-meter.js';

const routes = makeRoutes('providers: [{ name: one, vendor: openai, api_keys: [a, b], model: small }]');
const byA = candidateOf(routes, 'one', 0);
const byB = candidateOf(routes, 'one', 1);

describe('TargetMeter', () => {
  let meter: TargetMeter;

  beforeEach(() => {
    meter = new TargetMeter();
  });

  test('counts calls in flight by target and by key', () => {
    const first = meter.begin(byA);
    const second = meter.begin(byB);
    expect(meter.inFlight('one/small')).toBe(2);
    expect(meter.inFlight(byA.ids.key)).toBe(1);
    first.end();
    first.end();
    expect(meter.inFlight('one/small')).toBe(1);
    expect(meter.inFlight(byA.ids.key)).toBe(0);
    expect(meter.inFlight(byB.ids.key)).toBe(1);
    second.end();
    expect(meter.inFlight('one/small')).toBe(0);
  });

  test('a held call stays in flight until it is released, once', () => {
    const call = meter.begin(byA);
    const release = call.hold();
    call.endUnlessHeld();
    expect(meter.inFlight('one/small')).toBe(1);
    release();
    release();
    expect(meter.inFlight('one/small')).toBe(0);
  });

  test('a call that nobody holds ends with its answer', () => {
    const call = meter.begin(byA);
    call.endUnlessHeld();
    expect(meter.inFlight('one/small')).toBe(0);
  });

  test('knows nothing of a target that was never asked', () => {
    expect(meter.figures('one/small')).toEqual({
      requests: 0,
      failures: 0,
      firstTokenMs: null,
      errorRate: 0,
      inFlight: 0,
    });
  });

  test('takes the first latency as it is and follows later ones by a fifth', () => {
    meter.succeeded(byA, 100);
    expect(meter.figures('one/small').firstTokenMs).toBe(100);
    meter.succeeded(byB, 200);
    expect(meter.figures('one/small').firstTokenMs).toBe(120);
    for (let count = 0; count < 50; count++) meter.succeeded(byA, 1000);
    expect(meter.figures('one/small').firstTokenMs).toBeCloseTo(1000, 0);
  });

  test('the error rate rises with failures and falls with successes, between 0 and 1', () => {
    for (let count = 0; count < 100; count++) meter.failed(byA);
    expect(meter.figures('one/small')).toMatchObject({ failures: 100 });
    expect(meter.figures('one/small').errorRate).toBeCloseTo(1);
    for (let count = 0; count < 100; count++) meter.succeeded(byA, 5);
    expect(meter.figures('one/small').errorRate).toBeCloseTo(0);
    expect(meter.figures('one/small').errorRate).toBeGreaterThanOrEqual(0);
  });
});

describe('TargetMeter, told what other replicas have in flight', () => {
  let meter: TargetMeter;

  beforeEach(() => {
    meter = new TargetMeter();
    meter.setRemote('a', new Map([['one/small', 2]]), 1000);
    meter.setRemote('b', new Map([['one/small', 3]]), 2000);
  });

  test('adds it to its own for strategies, and keeps its own apart', () => {
    const running = meter.begin(byA);
    expect(meter.inFlight('one/small')).toBe(6);
    expect(meter.inFlight(byA.ids.key)).toBe(1);
    expect(meter.figures('one/small').inFlight).toBe(1);
    expect(Object.fromEntries(meter.counts)).toEqual({ 'one/small': 1, [byA.ids.key]: 1 });
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
