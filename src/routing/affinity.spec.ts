import { describe, expect, test } from 'vitest';
import { candidateOf, makeRoutes } from '../../test/support/make-routes.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { ChatMessage } from '../contract/content.js';
import { Affinity, recognise } from './affinity.js';

type Turn = readonly [role: ChatMessage['role'], text: string];

function request(turns: readonly Turn[], more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    original: { format: 'openai-chat', text: '{}', json: {} },
    model: 'auto',
    stream: false,
    includeUsage: false,
    sampling: {},
    messages: turns.map(([role, text]) => ({ role, content: [{ type: 'text', text }] }) as ChatMessage),
    ...more,
  };
}

const idOf = (turns: readonly Turn[], tenant = 'team', session?: string): string =>
  recognise(request(turns), tenant, session).id;
const FIRST: readonly Turn[] = [
  ['system', 'be brief'],
  ['user', 'hi'],
];
const SECOND: readonly Turn[] = [...FIRST, ['assistant', 'hello'], ['user', 'and now?']];

describe('recognise', () => {
  test('every turn of a conversation has the same id', () => {
    expect(idOf(SECOND)).toBe(idOf(FIRST));
    expect(idOf([...SECOND, ['assistant', 'well'], ['user', 'more']])).toBe(idOf(FIRST));
  });

  test.each<[name: string, turns: readonly Turn[]]>([
    [
      'another system text',
      [
        ['system', 'be long'],
        ['user', 'hi'],
      ],
    ],
    ['no system text', [['user', 'hi']]],
    [
      'another first question',
      [
        ['system', 'be brief'],
        ['user', 'hello'],
      ],
    ],
    [
      'a first question that goes on',
      [
        ['system', 'be brief'],
        ['user', 'hi there'],
      ],
    ],
  ])('%s is another conversation', (_name, turns) => {
    expect(idOf(turns)).not.toBe(idOf(FIRST));
  });

  test('equal words of two callers are two conversations, sessions too', () => {
    expect(idOf(FIRST, 'team-a')).not.toBe(idOf(FIRST, 'team-b'));
    expect(idOf(FIRST, 'team-a', 's')).not.toBe(idOf(FIRST, 'team-b', 's'));
  });

  test('a session names the conversation whatever is said, and goes on from its first turn', () => {
    expect(idOf(FIRST, 'team', 's-1')).toBe(idOf([['user', 'something else']], 'team', 's-1'));
    expect(idOf(FIRST, 'team', 's-1')).not.toBe(idOf(FIRST, 'team', 's-2'));
    expect(recognise(request(FIRST), 'team', 's-1').isContinued).toBe(true);
  });

  test('so does a prompt cache key, behind the session', () => {
    const keyed = (key: string, turns = FIRST, session?: string) =>
      recognise(request(turns, { extensions: { prompt_cache_key: key } }), 'team', session);
    expect(keyed('k').id).toBe(keyed('k', SECOND).id);
    expect(keyed('k').id).not.toBe(keyed('other').id);
    expect(keyed('k').isContinued).toBe(true);
    expect(keyed('k', FIRST, 's').id).toBe(idOf(FIRST, 'team', 's'));
  });

  test('without a name, only an answer before it makes a turn a continued one', () => {
    expect(recognise(request(FIRST), 'team', undefined).isContinued).toBe(false);
    expect(recognise(request(SECOND), 'team', undefined).isContinued).toBe(true);
  });

  test('neither words nor names can be read from the id', () => {
    const { id } = recognise(request([['user', 'secret words']]), 'team-a', undefined);
    expect(id).not.toMatch(/secret|team/);
    expect(id).toMatch(/^[\w-]{43}$/);
  });

  test('long texts that differ in their length alone differ', () => {
    expect(idOf([['user', 'x'.repeat(20_000)]])).not.toBe(idOf([['user', 'x'.repeat(20_001)]]));
  });
});

describe('Affinity', () => {
  const routes = makeRoutes('providers: [{ name: one, vendor: openai, api_keys: [a, b], model: small }]');

  test('gives back who served a conversation last, for its later turns only', () => {
    const affinity = new Affinity();
    const first = recognise(request(FIRST), 'team', undefined);
    const second = recognise(request(SECOND), 'team', undefined);
    expect(affinity.recall(second)).toBeUndefined();
    affinity.remember(first, candidateOf(routes, 'one', 0));
    expect(affinity.recall(first)).toBeUndefined();
    expect(affinity.recall(second)).toEqual(candidateOf(routes, 'one', 0).ids);
    affinity.remember(second, candidateOf(routes, 'one', 1));
    expect(affinity.recall(second)).toEqual(candidateOf(routes, 'one', 1).ids);
  });

  test('holds a bounded number of conversations, the newest among them', () => {
    const affinity = new Affinity();
    const candidate = candidateOf(routes, 'one');
    for (let index = 0; index < 200_000; index++) {
      affinity.remember({ id: String(index), isContinued: true }, candidate);
    }
    expect(affinity.recall({ id: '199999', isContinued: true })).toEqual(candidate.ids);
    expect(affinity.recall({ id: '0', isContinued: true })).toBeUndefined();
  });
});
