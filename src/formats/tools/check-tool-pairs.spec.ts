import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../contract/content.js';
import { checkToolPairs } from './check-tool-pairs.js';
import { toToolCallId, toToolName } from './map-tool-names.js';

const call = (...ids: string[]): ChatMessage => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool-call', id, name: 'f', arguments: '{}' })),
});
const result = (toolCallId: string): ChatMessage => ({ role: 'tool', toolCallId, content: [] });
const user: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'hi' }] };

const original = { format: 'openai-chat', text: '{}', json: {} } as const;
const check = (messages: readonly ChatMessage[]) => checkToolPairs({ original, messages });

describe('checkToolPairs', () => {
  it('[29] accepts results in any order, with other messages between', () => {
    expect(check([user, call('a', 'b'), user, result('b'), result('a'), call('c'), result('c')])).toEqual([]);
  });

  it('[29] reports a call without a result', () => {
    expect(check([call('a', 'b'), result('a'), call('c')])).toEqual([
      'messages[0]: tool call "b" has no tool result',
      'messages[2]: tool call "c" has no tool result',
    ]);
  });

  it('[29] reports a result without a call, and a second result', () => {
    expect(check([result('x'), call('a'), result('a'), result('a')])).toHaveLength(2);
  });

  it.each([
    ['anthropic-messages', [-1, 4], 'messages[4]'],
    ['openai-responses', [-1, 2], 'input[2]'],
    ['openai-responses', [0, -1], 'instructions'],
  ] as const)("names the place in the caller's own %s body", (format, messageOrigins, place) => {
    const request = { original: { ...original, format }, messages: [user, result('x')], messageOrigins };
    expect(checkToolPairs(request)[0]).toMatch(`${place}: tool result "x"`);
  });
});

describe('toToolName', () => {
  it('[28] keeps names that fit', () => {
    expect(toToolName('get_weather-2', 64)).toBe('get_weather-2');
  });

  it('[28] maps others to distinct names within the limit', () => {
    const names = ['a.b', 'a/b', 'a_b.', 'x'.repeat(80), `${'x'.repeat(80)}y`].map((name) =>
      toToolName(name, 64),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  it('[27] shortens long call ids without making two the same', () => {
    const [first, second] = [toToolCallId(`${'i'.repeat(60)}1`, 40), toToolCallId(`${'i'.repeat(60)}2`, 40)];
    expect(first).toHaveLength(40);
    expect(first).not.toBe(second);
    expect(toToolCallId('call_1', 40)).toBe('call_1');
  });
});
