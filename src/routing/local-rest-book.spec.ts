import { beforeEach, describe, expect, test } from 'vitest';
import { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { OpenaiCompatibleAdapter } from '../providers/openai-compatible/openai-compatible.adapter.js';
import { PRESETS } from '../providers/openai-compatible/presets.js';
import { Candidate, type RestScope } from './candidate.js';
import { LocalRestBook } from './local-rest-book.js';
import type { RestOrder } from './rest-book.js';

const NOW = Date.UTC(2026, 0, 1);
const COOLDOWN_MS = 60_000;

const endpoint = (name: string): ProviderEndpoint =>
  new ProviderEndpoint(
    {
      name,
      vendor: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:1/v1',
      apiKeys: [`${name}-key-1`, `${name}-key-2`],
      apiKeysGiven: true,
      apiKeyVariable: 'ONE_API_KEY',
      model: 'small',
      models: ['*'],
      timeoutMs: 1,
      idleTimeoutMs: 1,
      connectTimeoutMs: 1,
      maxRetries: 0,
      headers: {},
      prices: {},
      allowLinkLocal: false,
    },
    new OpenaiCompatibleAdapter(PRESETS),
  );
const one = endpoint('one');
const two = endpoint('two');
const candidate = (from: ProviderEndpoint, model: string, key: number): Candidate =>
  new Candidate(from, model, from.keys[key]!);
const own = candidate(one, 'small', 0);
const others = {
  'other key': candidate(one, 'small', 1),
  'other model': candidate(one, 'large', 0),
  'other model and key': candidate(one, 'large', 1),
  'other provider': candidate(two, 'small', 0),
};
const order = (more: Partial<RestOrder> = {}): RestOrder => ({
  scope: 'target',
  forMs: COOLDOWN_MS,
  maxMs: COOLDOWN_MS,
  reason: '500 Internal Server Error',
  isRateLimit: false,
  ...more,
});

describe('LocalRestBook', () => {
  let book: LocalRestBook;

  beforeEach(() => {
    book = new LocalRestBook();
  });

  const restMs = (now: number): number => (book.blocking(own, now)?.until ?? now) - now;

  test('nobody rests at first, and no attempt is a trial', () => {
    expect(book.blocking(own, NOW)).toBeUndefined();
    expect(book.beginTrial(own, NOW)).toBe(false);
    expect(book.entries(NOW).size).toBe(0);
  });

  test.each<[RestScope, (keyof typeof others)[]]>([
    ['provider', ['other key', 'other model', 'other model and key']],
    ['target', ['other key']],
    ['key', ['other model']],
    ['key-model', []],
  ])('a rest of the %s covers the candidate and %j', (scope, covered) => {
    book.rest(own, order({ scope }), NOW);
    expect(book.blocking(own, NOW)).toEqual({
      scope,
      reason: '500 Internal Server Error',
      isRateLimit: false,
      since: NOW,
      until: NOW + COOLDOWN_MS,
    });
    for (const [name, other] of Object.entries(others)) {
      const isCovered = covered.includes(name as keyof typeof others);
      expect([name, book.blocking(other, NOW) !== undefined]).toEqual([name, isCovered]);
    }
    expect([...book.entries(NOW).keys()]).toEqual([own.ids[scope]]);
  });

  test('a rest is over exactly when its time is up', () => {
    book.rest(own, order(), NOW);
    expect(restMs(NOW + COOLDOWN_MS - 1)).toBe(1);
    expect(book.blocking(own, NOW + COOLDOWN_MS)).toBeUndefined();
    expect(book.entries(NOW + COOLDOWN_MS).size).toBe(0);
  });

  test('of several rests the longest counts', () => {
    book.rest(own, order({ scope: 'key', forMs: 5 * COOLDOWN_MS, maxMs: undefined }), NOW);
    book.rest(own, order({ scope: 'target' }), NOW);
    expect(book.blocking(own, NOW)).toMatchObject({ scope: 'key', until: NOW + 5 * COOLDOWN_MS });
  });

  describe('after a rest', () => {
    const back = NOW + COOLDOWN_MS;

    beforeEach(() => {
      book.rest(own, order({ maxMs: 4 * COOLDOWN_MS }), NOW);
      expect(book.beginTrial(own, back)).toBe(true);
    });

    test('one trial goes through, and everybody else still sees the rest', () => {
      expect(book.blocking(own, back)).toMatchObject({ until: back + 1000 });
      expect(book.blocking(others['other key'], back + 30_000)).toBeDefined();
      expect(book.entries(back).size).toBe(1);
    });

    test('a trial that went well ends the rest for all', () => {
      book.endTrial(own, 'alive');
      expect(book.blocking(own, back)).toBeUndefined();
      expect(book.beginTrial(own, back)).toBe(false);
    });

    test('a trial of unknown end lets the next one try', () => {
      book.endTrial(own, 'unknown');
      expect(book.blocking(own, back)).toBeUndefined();
      expect(book.beginTrial(own, back)).toBe(true);
    });

    test('a trial that never reports back does not block for ever', () => {
      expect(book.blocking(own, back + 10 * 60_000 - 1)).toBeDefined();
      expect(book.blocking(own, back + 10 * 60_000)).toBeUndefined();
    });

    test('failed trials double the rest up to max_cooldown', () => {
      let now = back;
      for (const expected of [2, 4, 4]) {
        book.rest(own, order({ maxMs: 4 * COOLDOWN_MS }), now);
        expect(restMs(now)).toBe(expected * COOLDOWN_MS);
        now += expected * COOLDOWN_MS;
        expect(book.beginTrial(own, now)).toBe(true);
      }
    });

    test('a trial that went well makes the next rest short again', () => {
      book.rest(own, order({ maxMs: 4 * COOLDOWN_MS }), back);
      const later = back + 2 * COOLDOWN_MS;
      expect(book.beginTrial(own, later)).toBe(true);
      book.endTrial(own, 'alive');
      book.rest(own, order({ maxMs: 4 * COOLDOWN_MS }), later);
      expect(restMs(later)).toBe(COOLDOWN_MS);
    });

    test('a time that the vendor told is not doubled', () => {
      book.rest(own, order({ forMs: 7000, maxMs: undefined }), back);
      expect(restMs(back)).toBe(7000);
    });

    test('the first failure stays the beginning of the trouble', () => {
      book.rest(own, order(), back);
      expect(book.blocking(own, back)?.since).toBe(NOW);
    });
  });

  test('max_cooldown below the rest itself does not cut it', () => {
    book.rest(own, order({ forMs: 5 * COOLDOWN_MS, maxMs: COOLDOWN_MS }), NOW);
    expect(restMs(NOW)).toBe(5 * COOLDOWN_MS);
  });

  test('calls that were under way together and all fail do not double the rest', () => {
    for (let call = 0; call < 5; call++) book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW + call);
    expect(restMs(NOW + 4)).toBe(COOLDOWN_MS);
  });

  test('a late failure does not cut a longer rest short', () => {
    book.rest(own, order({ forMs: 3_600_000, maxMs: undefined }), NOW);
    book.rest(own, order(), NOW + 10);
    expect(book.blocking(own, NOW + 10)?.until).toBe(NOW + 3_600_000);
  });

  test('a late failure does not forget the trials that failed before', () => {
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW);
    book.beginTrial(own, NOW + COOLDOWN_MS);
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW + COOLDOWN_MS);
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW + COOLDOWN_MS + 1);
    const back = NOW + 3 * COOLDOWN_MS;
    expect(book.blocking(own, back - 1)).toBeDefined();
    expect(book.beginTrial(own, back)).toBe(true);
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), back);
    expect(restMs(back)).toBe(4 * COOLDOWN_MS);
  });

  test('a call that is repeated while its target has gone to rest is no trial and does not wake it', () => {
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW);
    expect(book.beginTrial(own, NOW + 500)).toBe(false);
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW + 600);
    expect(restMs(NOW + 600)).toBe(COOLDOWN_MS);
  });

  test('a trial that fails by its key clears the target that was on trial with it', () => {
    book.rest(own, order({ scope: 'target' }), NOW);
    const back = NOW + COOLDOWN_MS;
    book.beginTrial(own, back);
    book.rest(own, order({ scope: 'key', forMs: 5 * COOLDOWN_MS }), back);
    expect(book.blocking(own, back)).toMatchObject({ scope: 'key' });
    expect(book.blocking(others['other key'], back)).toBeUndefined();
  });

  test('the end of an ordinary call changes no rest', () => {
    book.rest(own, order(), NOW);
    book.endTrial(own, 'alive');
    expect(restMs(NOW)).toBe(COOLDOWN_MS);
  });
});

/** What a book that shares builds on. */
class OpenBook extends LocalRestBook {
  readonly kept: string[] = [];
  readonly released: string[] = [];

  learn(id: string, until: number, failedTrials = 0): void {
    const entry = { scope: 'target', reason: 'learned', isRateLimit: false, since: NOW, until } as const;
    this.adopt(id, entry, failedTrials);
  }

  protected override keep(...[id, resting]: Parameters<LocalRestBook['keep']>): void {
    this.kept.push(id);
    super.keep(id, resting);
  }

  protected override release(id: string): boolean {
    this.released.push(id);
    return super.release(id);
  }
}

describe('LocalRestBook, told from elsewhere', () => {
  let book: OpenBook;
  const { target } = own.ids;
  const until = (now: number) => book.blocking(own, now)?.until;

  beforeEach(() => {
    book = new OpenBook();
  });

  test('a rest that is adopted counts like an own one', () => {
    book.learn(target, NOW + 5000);
    expect(book.blocking(own, NOW)).toMatchObject({ reason: 'learned', until: NOW + 5000 });
    expect(book.beginTrial(own, NOW + 5000)).toBe(true);
    book.rest(own, order({ maxMs: 8 * COOLDOWN_MS }), NOW + 5000);
    expect(until(NOW + 5000)).toBe(NOW + 5000 + 2 * COOLDOWN_MS);
  });

  test('it lengthens a shorter rest and shortens none', () => {
    book.rest(own, order(), NOW);
    book.learn(target, NOW + 5000);
    expect(until(NOW)).toBe(NOW + COOLDOWN_MS);
    book.learn(target, NOW + 2 * COOLDOWN_MS);
    expect(until(NOW)).toBe(NOW + 2 * COOLDOWN_MS);
  });

  test('trials that failed elsewhere make the next rest longer', () => {
    book.learn(target, NOW + 5000, 2);
    book.beginTrial(own, NOW + 5000);
    book.rest(own, order({ maxMs: 100 * COOLDOWN_MS }), NOW + 5000);
    expect(until(NOW + 5000)).toBe(NOW + 5000 + 8 * COOLDOWN_MS);
  });

  test('a trial under way goes on, and its success ends what was adopted meanwhile', () => {
    book.rest(own, order(), NOW);
    const back = NOW + COOLDOWN_MS;
    book.beginTrial(own, back);
    book.learn(target, back + COOLDOWN_MS);
    book.endTrial(own, 'alive');
    expect(book.blocking(own, back)).toBeUndefined();
  });

  test('what this process decides is seen by the book that extends it; what it adopts is not', () => {
    book.learn(target, NOW + 5000);
    expect(book.kept).toEqual([]);
    book.rest(own, order({ scope: 'key' }), NOW);
    book.reset('one');
    expect(book.kept).toEqual([own.ids.key]);
    expect(book.released.sort()).toEqual([target, own.ids.key].sort());
  });
});
