import { beforeEach, describe, expect, test } from 'vitest';
import { candidateOf, makeRoutes } from '../../test/support/make-routes.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import type { Candidate } from './candidate.js';
import { judgeFailure } from './judge-failure.js';
import { LocalRestBook } from './local-rest-book.js';
import type { Plan } from './plan.js';
import { RecoveryRamp } from './recovery-ramp.js';
import { RequestProgress } from './request-progress.js';

const NOW = Date.UTC(2026, 0, 1);
const routes = makeRoutes(`
providers:
  - { name: one, vendor: openai, api_keys: [a, b], model: small, models: [small, large], max_retries: 2 }
  - { name: two, vendor: openai, api_keys: [c], model: small, max_retries: 2 }
routing: { max_attempts: 4 }
`);
const a = candidateOf(routes, 'one', 0);
const b = candidateOf(routes, 'one', 1);
const two = candidateOf(routes, 'two');

const refused = (
  kind: 'server' | 'rate_limit' | 'credentials' | 'invalid_request',
  retryAfterMs?: number,
): CallFailureFacts => ({
  type: 'vendor-error',
  inStream: false,
  error: {
    kind,
    status: 500,
    message: '',
    code: '',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  },
});

describe('RequestProgress', () => {
  let clock: ManualClock;
  let book: LocalRestBook;
  let ramp: RecoveryRamp;

  beforeEach(() => {
    clock = new ManualClock(NOW);
    book = new LocalRestBook(clock);
    ramp = new RecoveryRamp();
  });

  function progressOf(candidates: readonly Candidate[] = [a, b, two], more: Partial<Plan> = {}) {
    const plan: Plan = {
      holdsFor: 'none',
      routing: routes.settings.routing,
      onContentFilter: 'stop',
      streamCommit: 'first-content',
      hedgeAfterMs: undefined,
      candidates,
      conversation: undefined,
      origin: undefined,
      reasons: new Map(),
      unusable: [],
      ...more,
    };
    const context = {
      requestId: 'r',
      signal: new AbortController().signal,
      startedAt: 0,
      attempts: [],
      queuedMs: 0,
    };
    return new RequestProgress(plan, context, book, ramp);
  }

  function fail(progress: RequestProgress, candidate: Candidate, facts: CallFailureFacts): void {
    const situation = { committed: false, onContentFilter: 'stop', cooldownMs: 60_000 } as const;
    const verdict = judgeFailure(facts, situation);
    progress.fail({ candidate, facts, verdict });
    if (verdict.rest === undefined) return;
    const { scope, forMs, evidence } = verdict.rest;
    book.rest(candidate, {
      scope,
      forMs,
      maxMs: undefined,
      reason: 'failed',
      isRateLimit: false,
      mayBeTriedEarly: evidence !== 'clear',
    });
  }

  test('gives every candidate once, in the order of the plan', () => {
    const progress = progressOf();
    const given: (Candidate | undefined)[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const candidate = progress.next(NOW)?.candidate;
      given.push(candidate);
      if (candidate !== undefined) expect(progress.countAsked(candidate)).toBe(1);
    }
    expect(given).toEqual([a, b, two, undefined]);
  });

  test.each<[name: string, facts: CallFailureFacts, next: Candidate | undefined]>([
    ['a failing target is passed over with all its keys', refused('server'), two],
    ['a refused key only itself', refused('credentials'), b],
    ['a limited key only itself', refused('rate_limit'), b],
    ['a fault of the request stops', refused('invalid_request'), undefined],
    ['an unreachable provider altogether', { type: 'unreachable', detail: 'connection refused' }, two],
  ])('%s', (_name, facts, next) => {
    const progress = progressOf();
    progress.countAsked(a);
    fail(progress, a, facts);
    expect(progress.next(NOW)?.candidate).toBe(next);
    expect(progress.isSettled).toBe(next === undefined);
  });

  test('max_attempts exhausts a request but does not settle what is under way', () => {
    const progress = progressOf();
    const call = { candidate: a, startedMs: 0 };
    progress.context.attempts.push(call, call, call);
    expect(progress.isExhausted).toBe(false);
    expect(progress.canHedge()).toBe(true);
    progress.context.attempts.push(call);
    expect(progress.isExhausted).toBe(true);
    expect(progress.isSettled).toBe(false);
    expect(progress.canHedge()).toBe(false);
    expect(progress.next(NOW)).toBeUndefined();
  });

  test('what rests is left out and said so, unless it has failed in this request', () => {
    const progress = progressOf();
    const order = {
      scope: 'provider',
      forMs: 41_000,
      maxMs: undefined,
      reason: '429 rate limit',
      isRateLimit: true,
      mayBeTriedEarly: false,
    } as const;
    book.rest(two, order);
    progress.countAsked(a);
    fail(progress, a, refused('server'));
    expect(progress.next(NOW)).toBeUndefined();
    expect([...progress.notes]).toEqual([
      ['one', '500 Internal Server Error'],
      ['two', 'cooling down for 41 s (429 rate limit)'],
    ]);
  });

  test('a hedge needs somebody who was not asked, is not passed over and does not rest', () => {
    const progress = progressOf([a, two]);
    expect(progress.canHedge()).toBe(true);
    progress.countAsked(a);
    expect(progress.canHedge()).toBe(true);
    book.rest(two, {
      scope: 'target',
      forMs: 1000,
      maxMs: undefined,
      reason: 'x',
      isRateLimit: false,
      mayBeTriedEarly: true,
    });
    expect(progress.canHedge()).toBe(false);
    clock.advance(1000);
    expect(progress.canHedge()).toBe(true);
    progress.countAsked(two);
    expect(progress.canHedge()).toBe(false);
  });

  test('another key counts only while it was not asked and does not rest', () => {
    const progress = progressOf();
    progress.countAsked(a);
    expect(progress.hasOtherKey(a)).toBe(true);
    progress.countAsked(b);
    expect(progress.hasOtherKey(a)).toBe(false);
  });

  describe('when nobody else is left', () => {
    test('the key whose told wait ends first is given again, up to max_retries', () => {
      const progress = progressOf([a, two]);
      progress.countAsked(a);
      fail(progress, a, refused('rate_limit', 9000));
      progress.countAsked(two);
      fail(progress, two, refused('rate_limit', 4000));
      expect(progress.next(NOW)?.candidate).toBe(two);
      expect(progress.countAsked(two)).toBe(2);
      fail(progress, two, refused('rate_limit', 4000));
      expect(progress.countAsked(two)).toBe(3);
      expect(progress.next(NOW)?.candidate).toBe(a);
    });

    test('a wait of more than ten seconds is not for this request', () => {
      const progress = progressOf([a]);
      progress.countAsked(a);
      fail(progress, a, refused('rate_limit', 10_001));
      expect(progress.next(NOW)).toBeUndefined();
    });
  });

  test('what cannot be written for a target is not given again, and its words are kept', () => {
    const progress = progressOf([a, two]);
    const error = new Error('n is not supported') as never;
    progress.rule(a, error);
    expect(progress.next(NOW)?.candidate).toBe(two);
    // The other one may still do it.
    expect(progress.unsupported).toBeUndefined();
    progress.rule(two, error);
    expect(progress.unsupported).toBe(error);
    expect(progress.notes.get('one')).toBe('n is not supported');
  });

  describe('while something is recovering', () => {
    /** Which of so many requests at once the provider `one` gets first. */
    function firstsOf(requests: number, candidates: readonly Candidate[] = [a, b, two]): number {
      let count = 0;
      for (let index = 0; index < requests; index++) {
        if (progressOf(candidates).next(NOW)?.candidate.provider === 'one') count++;
      }
      return count;
    }

    test('a recovering target gets a tenth, however many keys it has', () => {
      ramp.begin('one/small', NOW);
      expect(firstsOf(500)).toBeLessThanOrEqual(55);
      expect(firstsOf(500)).toBeGreaterThanOrEqual(40);
    });

    test('a recovering key does not hold back its siblings', () => {
      ramp.begin(a.ids.key, NOW);
      expect(firstsOf(500)).toBe(500);
    });

    test('a recovering provider holds back all its models', () => {
      ramp.begin('one', NOW);
      const large = candidateOf(routes, 'one', 0, 'large');
      expect(firstsOf(500, [large, a, two])).toBeLessThanOrEqual(55);
    });

    test('one who recovers is better than nobody', () => {
      ramp.begin('one/small', NOW);
      expect(firstsOf(500, [a, b])).toBe(500);
    });

    test('one request is counted once, however often it looks', () => {
      ramp.begin('one/small', NOW);
      for (let index = 0; index < 100; index++) progressOf().next(NOW);
      const progress = progressOf();
      const looks = Array.from({ length: 50 }, () => progress.next(NOW)?.candidate.provider);
      expect(new Set(looks).size).toBe(1);
    });
  });
});
