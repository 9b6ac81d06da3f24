import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRoutes } from '../../test/support/make-routes.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { Candidate, REST_SCOPES } from './candidate.js';
import { LocalRestBook } from './local-rest-book.js';
import { ProviderStates } from './provider-states.js';

const MODELS = ['small', 'large', 'huge'];
const routes = makeRoutes(`
providers:
  - { name: one, vendor: openai, api_keys: [a, b, c], model: small, models: [small, large, huge] }
  - { name: bare, vendor: openai, api_keys: [], model: small }
`);
const one = routes.endpoints.get('one')!;
const bare = routes.endpoints.get('bare')!;

const rest = fc.record({
  scope: fc.constantFrom(...REST_SCOPES),
  model: fc.constantFrom(...MODELS),
  key: fc.nat({ max: 2 }),
  forMs: fc.integer({ min: 1, max: 100_000 }),
  isRateLimit: fc.boolean(),
});

describe('ProviderStates', () => {
  test('says down when nothing can be asked, up when everything can, else degraded, for each part', () => {
    fc.assert(
      fc.property(fc.array(rest, { maxLength: 12 }), fc.boolean(), (rests, isDisabled) => {
        const book = new LocalRestBook(new ManualClock());
        for (const { scope, model, key, forMs, isRateLimit } of rests) {
          book.rest(new Candidate(one, model, one.keys[key]!), {
            scope,
            forMs,
            reason: 'r',
            isRateLimit,
            mayBeTriedEarly: false,
          });
        }
        if (isDisabled) book.disable('one');
        const isOpen = (model: string, key: number): boolean =>
          book.blocking(new Candidate(one, model, one.keys[key]!)) === undefined;
        const wordOf = (open: readonly boolean[]): string =>
          open.every(Boolean) ? 'up' : open.some(Boolean) ? 'degraded' : 'down';
        const keys = [0, 1, 2];
        const state = new ProviderStates(book).of(one, MODELS);
        expect(state.state).toBe(wordOf(keys.flatMap((key) => MODELS.map((model) => isOpen(model, key)))));
        for (const model of MODELS)
          expect(state.models.get(model)?.state).toBe(wordOf(keys.map((key) => isOpen(model, key))));
        for (const key of keys)
          expect(state.keys.get(one.keys[key]!.hint)?.state).toBe(
            wordOf(MODELS.map((model) => isOpen(model, key))),
          );
        expect(state.availableKeys).toBe(
          keys.filter((key) => MODELS.some((model) => isOpen(model, key))).length,
        );
        expect(state.code === null).toBe(state.state === 'up');
      }),
    );
  });

  test('says why: a limit, a refused key, a failure, a hand, a missing key', () => {
    const codeOf = (scope: (typeof REST_SCOPES)[number], isRateLimit = false) => {
      const book = new LocalRestBook(new ManualClock());
      book.rest(new Candidate(one, 'small', one.keys[0]!), {
        scope,
        forMs: 1,
        reason: 'r',
        isRateLimit,
        mayBeTriedEarly: false,
      });
      return new ProviderStates(book).of(one, MODELS).code;
    };
    expect([codeOf('key-model', true), codeOf('key'), codeOf('target')]).toEqual([
      'rate_limited',
      'key_refused',
      'cooldown',
    ]);
    const book = new LocalRestBook(new ManualClock());
    book.disable('one');
    expect(new ProviderStates(book).of(one, MODELS)).toMatchObject({
      state: 'down',
      code: 'disabled',
      until: null,
    });
    expect(new ProviderStates(book).of(bare, ['small'])).toMatchObject({
      state: 'down',
      code: 'not_configured',
    });
  });
});
