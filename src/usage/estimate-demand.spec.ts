import { describe, expect, it } from 'vitest';
import type { ChatRequest, SamplingSettings } from '../contract/chat-request.js';
import type { ContentPart } from '../contract/content.js';
import type { JsonObject } from '../contract/json.js';
import { estimateDemand } from './estimate-demand.js';

function asked(content: readonly ContentPart[], more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    original: { format: 'openai-chat', text: '{}', json: {} },
    model: undefined,
    stream: false,
    includeUsage: false,
    messages: [{ role: 'user', content }],
    sampling: {},
    ...more,
  };
}
const text = (value: string): ContentPart => ({ type: 'text', text: value });
const inputOf = (content: readonly ContentPart[], more?: Partial<ChatRequest>): number =>
  estimateDemand(asked(content, more), undefined).inputTokens;
const outputOf = (sampling: SamplingSettings, largest?: number): number =>
  estimateDemand(asked([], { sampling }), largest).outputTokens;

describe('what a request may read at most', () => {
  it('is a third of the bytes of its text, rounded up, and some for each message', () => {
    expect(inputOf([text('seven b')])).toBe(3 + 4);
    expect(inputOf([text('a'), text('b')])).toBe(1 + 4);
  });

  it('does not take Chinese for a language of few tokens', () => {
    expect(inputOf([text('今天天气很好')])).toBe(6 + 4);
  });

  it('counts pictures, documents and sound by fixed numbers, however many bytes they have', () => {
    const data = 'A'.repeat(1_000_000);
    expect(inputOf([{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data } }])).toBe(1004);
    expect(inputOf([{ type: 'document', source: { kind: 'base64', mediaType: 'a/b', data } }])).toBe(1004);
    expect(inputOf([{ type: 'audio', data, encoding: 'wav' }])).toBe(1004);
  });

  it('counts documents that are text as text', () => {
    const source = { kind: 'text', mediaType: 'text/plain', text: 'a'.repeat(300) } as const;
    expect(inputOf([{ type: 'document', source }])).toBe(104);
  });

  it('has tools, schemas and what only one format knows in it, by about the length of their JSON', () => {
    const parameters: JsonObject = {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Where to look, 今天' },
        days: { enum: [1, 2, null] },
      },
    };
    const exact = Buffer.byteLength(JSON.stringify(parameters)) / 3;
    const tokens = [
      inputOf([], { tools: [{ name: '', parameters }] }) - 4,
      inputOf([], { tools: [{ name: '', native: { format: 'openai-responses', value: parameters } }] }) - 4,
      inputOf([], { responseFormat: { type: 'json-schema', schema: parameters } }) - 4,
      inputOf([{ type: 'opaque', format: 'anthropic-messages', value: parameters }]) - 4,
    ];
    for (const found of tokens) expect(Math.abs(found / exact - 1)).toBeLessThan(0.2);
    expect(new Set(tokens).size).toBe(1);
  });

  it('counts calls of tools and what the model thought before', () => {
    const content = [
      { type: 'tool-call', id: 'x', name: 'look', arguments: '{"a": "bcdef"}' },
      { type: 'reasoning', text: 'abc' },
      { type: 'redacted-reasoning', data: 'abcdef' },
    ] as const;
    expect(inputOf([], { messages: [{ role: 'assistant', content }] })).toBe((18 + 3 + 6) / 3 + 4);
  });

  it('survives values that are nested deeper than a stack goes', () => {
    const depth = 200_000;
    const value = JSON.parse(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`) as JsonObject;
    expect(inputOf([{ type: 'opaque', format: 'gemini', value }])).toBeGreaterThan(depth);
  });
});

describe('what a request may write at most', () => {
  it('is the limit that the caller set, for each of its answers', () => {
    expect(outputOf({ maxTokens: 100 }, 9000)).toBe(100);
    expect(outputOf({ maxTokens: 100, n: 3 })).toBe(300);
  });

  it('is the largest answer seen without a limit, but at least 500 tokens for each', () => {
    expect(outputOf({}, 9000)).toBe(9000);
    expect(outputOf({}, 20)).toBe(500);
    expect(outputOf({})).toBe(500);
    expect(outputOf({ n: 2 }, 20)).toBe(1000);
  });
});
