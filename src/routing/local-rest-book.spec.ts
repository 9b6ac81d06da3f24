import { beforeEach, describe, expect, test } from 'vitest';
import { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { OpenaiCompatibleAdapter } from '../providers/openai-compatible/openai-compatible.adapter.js';
import { PRESETS } from '../providers/openai-compatible/presets.js';
import { ManualClock } from '../../test/support/manual-clock.js';
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
      firstTokenTimeoutMs: 1,
      idleTimeoutMs: 1,
      connectTimeoutMs: 1,
      maxConnectionAgeMs: 300_000,
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
  mayBeTriedEarly: false,
  ...more,
});

describe('LocalRestBook', () => {
  let clock: ManualClock;
  let book: LocalRestBook;

  beforeEach(() => {
    clock = new ManualClock(NOW);
    book = new LocalRestBook(clock);
  });

  /** The book at a time. */
  const at = (time: number): LocalRestBook => {
    clock.advance(time - clock.now());
    return book;
  };

  const restMs = (now: number): number => (at(now).blocking(own)?.until ?? now) - now;

  test('nobody rests at first, and no attempt is a trial', () => {
    expect(at(NOW).blocking(own)).toBeUndefined();
    expect(at(NOW).beginTrial(own)).toBe(false);
    expect(at(NOW).entries().size).toBe(0);
  });

  test.each<[RestScope, (keyof typeof others)[]]>([
    ['provider', ['other key', 'other model', 'other model and key']],
    ['target', ['other key']],
    ['key', ['other model']],
    ['key-model', []],
  ])('a rest of the %s covers the candidate and %j', (scope, covered) => {
    at(NOW).rest(own, order({ scope }));
    expect(at(NOW).blocking(own)).toEqual({
      scope,
      reason: '500 Internal Server Error',
      isRateLimit: false,
      since: NOW,
      until: NOW + COOLDOWN_MS,
    });
    for (const [name, other] of Object.entries(others)) {
      const isCovered = covered.includes(name as keyof typeof others);
      expect([name, at(NOW).blocking(other) !== undefined]).toEqual([name, isCovered]);
    }
    expect([...at(NOW).entries().keys()]).toEqual([own.ids[scope]]);
  });

  test('a rest is over exactly when its time is up', () => {
    at(NOW).rest(own, order());
    expect(restMs(NOW + COOLDOWN_MS - 1)).toBe(1);
    expect(at(NOW + COOLDOWN_MS).blocking(own)).toBeUndefined();
    expect(at(NOW + COOLDOWN_MS).entries().size).toBe(0);
  });

  test('of several rests the longest counts', () => {
    at(NOW).rest(own, order({ scope: 'key', forMs: 5 * COOLDOWN_MS, maxMs: undefined }));
    at(NOW).rest(own, order({ scope: 'target' }));
    expect(at(NOW).blocking(own)).toMatchObject({ scope: 'key', until: NOW + 5 * COOLDOWN_MS });
  });

  describe('after a rest', () => {
    const back = NOW + COOLDOWN_MS;

    beforeEach(() => {
      at(NOW).rest(own, order({ maxMs: 4 * COOLDOWN_MS }));
      expect(at(back).beginTrial(own)).toBe(true);
    });

    test('one trial goes through, and everybody else still sees the rest', () => {
      expect(at(back).blocking(own)).toMatchObject({ until: back + 1000 });
      expect(at(back + 30_000).blocking(others['other key'])).toBeDefined();
      expect(at(back).entries().size).toBe(1);
    });

    test('a trial that went well ends the rest for all', () => {
      book.endTrial(own, 'alive');
      expect(at(back).blocking(own)).toBeUndefined();
      expect(at(back).beginTrial(own)).toBe(false);
    });

    test('a trial of unknown end lets the next one try', () => {
      book.endTrial(own, 'unknown');
      expect(at(back).blocking(own)).toBeUndefined();
      expect(at(back).beginTrial(own)).toBe(true);
    });

    test('a trial that never reports back does not block for ever', () => {
      expect(at(back + 10 * 60_000 - 1).blocking(own)).toBeDefined();
      expect(at(back + 10 * 60_000).blocking(own)).toBeUndefined();
    });

    test('failed trials double the rest up to max_cooldown', () => {
      let now = back;
      for (const expected of [2, 4, 4]) {
        at(now).rest(own, order({ maxMs: 4 * COOLDOWN_MS }));
        expect(restMs(now)).toBe(expected * COOLDOWN_MS);
        now += expected * COOLDOWN_MS;
        expect(at(now).beginTrial(own)).toBe(true);
      }
    });

    test('a trial that went well makes the next rest short again', () => {
      at(back).rest(own, order({ maxMs: 4 * COOLDOWN_MS }));
      const later = back + 2 * COOLDOWN_MS;
      expect(at(later).beginTrial(own)).toBe(true);
      book.endTrial(own, 'alive');
      at(later).rest(own, order({ maxMs: 4 * COOLDOWN_MS }));
      expect(restMs(later)).toBe(COOLDOWN_MS);
    });

    test('a time that the vendor told is not doubled', () => {
      at(back).rest(own, order({ forMs: 7000, maxMs: undefined }));
      expect(restMs(back)).toBe(7000);
    });

    test('the first failure stays the beginning of the trouble', () => {
      at(back).rest(own, order());
      expect(at(back).blocking(own)?.since).toBe(NOW);
    });
  });

  test('max_cooldown below the rest itself does not cut it', () => {
    at(NOW).rest(own, order({ forMs: 5 * COOLDOWN_MS, maxMs: COOLDOWN_MS }));
    expect(restMs(NOW)).toBe(5 * COOLDOWN_MS);
  });

  test('calls that were under way together and all fail do not double the rest', () => {
    for (let call = 0; call < 5; call++) at(NOW + call).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    expect(restMs(NOW + 4)).toBe(COOLDOWN_MS);
  });

  test('a late failure does not cut a longer rest short', () => {
    at(NOW).rest(own, order({ forMs: 3_600_000, maxMs: undefined }));
    at(NOW + 10).rest(own, order());
    expect(at(NOW + 10).blocking(own)?.until).toBe(NOW + 3_600_000);
  });

  test('a late failure does not forget the trials that failed before', () => {
    at(NOW).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    at(NOW + COOLDOWN_MS).beginTrial(own);
    at(NOW + COOLDOWN_MS).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    at(NOW + COOLDOWN_MS + 1).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    const back = NOW + 3 * COOLDOWN_MS;
    expect(at(back - 1).blocking(own)).toBeDefined();
    expect(at(back).beginTrial(own)).toBe(true);
    at(back).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    expect(restMs(back)).toBe(4 * COOLDOWN_MS);
  });

  test('a call that is repeated while its target has gone to rest is no trial and does not wake it', () => {
    at(NOW).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    expect(at(NOW + 500).beginTrial(own)).toBe(false);
    at(NOW + 600).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    expect(restMs(NOW + 600)).toBe(COOLDOWN_MS);
  });

  test('a trial that fails by its key clears the target that was on trial with it', () => {
    at(NOW).rest(own, order({ scope: 'target' }));
    const back = NOW + COOLDOWN_MS;
    at(back).beginTrial(own);
    at(back).rest(own, order({ scope: 'key', forMs: 5 * COOLDOWN_MS }));
    expect(at(back).blocking(own)).toMatchObject({ scope: 'key' });
    expect(at(back).blocking(others['other key'])).toBeUndefined();
  });

  test('the end of an ordinary call changes no rest', () => {
    at(NOW).rest(own, order());
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
  let clock: ManualClock;
  let book: OpenBook;
  const { target } = own.ids;
  const at = (time: number): OpenBook => {
    clock.advance(time - clock.now());
    return book;
  };
  const until = (now: number) => at(now).blocking(own)?.until;

  beforeEach(() => {
    clock = new ManualClock(NOW);
    book = new OpenBook(clock);
  });

  test('a rest that is adopted counts like an own one', () => {
    book.learn(target, NOW + 5000);
    expect(at(NOW).blocking(own)).toMatchObject({ reason: 'learned', until: NOW + 5000 });
    expect(at(NOW + 5000).beginTrial(own)).toBe(true);
    at(NOW + 5000).rest(own, order({ maxMs: 8 * COOLDOWN_MS }));
    expect(until(NOW + 5000)).toBe(NOW + 5000 + 2 * COOLDOWN_MS);
  });

  test('it lengthens a shorter rest and shortens none', () => {
    at(NOW).rest(own, order());
    book.learn(target, NOW + 5000);
    expect(until(NOW)).toBe(NOW + COOLDOWN_MS);
    book.learn(target, NOW + 2 * COOLDOWN_MS);
    expect(until(NOW)).toBe(NOW + 2 * COOLDOWN_MS);
  });

  test('trials that failed elsewhere make the next rest longer', () => {
    book.learn(target, NOW + 5000, 2);
    at(NOW + 5000).beginTrial(own);
    at(NOW + 5000).rest(own, order({ maxMs: 100 * COOLDOWN_MS }));
    expect(until(NOW + 5000)).toBe(NOW + 5000 + 8 * COOLDOWN_MS);
  });

  test('a trial under way goes on, and its success ends what was adopted meanwhile', () => {
    at(NOW).rest(own, order());
    const back = NOW + COOLDOWN_MS;
    at(back).beginTrial(own);
    book.learn(target, back + COOLDOWN_MS);
    book.endTrial(own, 'alive');
    expect(at(back).blocking(own)).toBeUndefined();
  });

  test('what this process decides is seen by the book that extends it; what it adopts is not', () => {
    book.learn(target, NOW + 5000);
    expect(book.kept).toEqual([]);
    at(NOW).rest(own, order({ scope: 'key' }));
    book.reset('one');
    expect(book.kept).toEqual([own.ids.key]);
    expect(book.released.sort()).toEqual([target, own.ids.key].sort());
  });
});
