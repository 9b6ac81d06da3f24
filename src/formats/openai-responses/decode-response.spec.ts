import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/json.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { decodeResponse } from './decode-response.js';

const decode = (members: JsonObject) =>
  decodeResponse(
    JSON.stringify({
      id: 'resp_1',
      object: 'response',
      model: 'gpt',
      created_at: 7,
      status: 'completed',
      ...members,
    }),
    { toolNames: new Map([['sent', 'the.own']]) },
  );

describe('a whole answer of a Responses vendor', () => {
  it('[57] [65] [67] [70] is read item by item', () => {
    const annotation = { type: 'url_citation', url: 'https://a' };
    const search = { type: 'web_search_call', id: 'ws_1' };
    const result = decode({
      service_tier: 'flex',
      output: [
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'hm' }],
          encrypted_content: 'E',
        },
        search,
        {
          type: 'message',
          content: [
            { type: 'output_text', text: 'a', annotations: [annotation], logprobs: [{ token: 'a' }] },
            { type: 'output_text', text: 'b', annotations: [] },
            { type: 'refusal', refusal: 'No.' },
          ],
        },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'sent', arguments: '{"a":1}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'free' },
      ],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 15,
      },
    });
    expect(result).toMatchObject({
      id: 'resp_1',
      model: 'gpt',
      created: 7,
      serviceTier: 'flex',
      usage: {
        inputTokens: 10,
        outputTokens: 5,
        cacheReadTokens: 4,
        cacheWriteTokens: 0,
        reasoningTokens: 3,
      },
    });
    expect(result.choices).toEqual([
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'hm', id: 'rs_1', encrypted: 'E' },
          { type: 'opaque', format: 'openai-responses', value: search },
          { type: 'text', text: 'a', annotations: { format: 'openai-responses', items: [annotation] } },
          { type: 'text', text: 'b' },
          { type: 'refusal', text: 'No.' },
          { type: 'tool-call', id: 'c1', name: 'the.own', arguments: '{"a":1}' },
          { type: 'tool-call', id: 'c2', name: 'g', arguments: 'free', custom: true },
        ],
        finish: { reason: 'tool_calls', raw: 'completed' },
        logprobs: { content: [{ token: 'a' }] },
      },
    ]);
  });

  it('[58] [72] says how it ended, and reports no usage where there is none', () => {
    const whole = decode({ output: [] });
    expect(whole.choices[0]).toEqual({ index: 0, content: [], finish: { reason: 'stop', raw: 'completed' } });
    expect(whole.usage).toBeUndefined();
    const cut = decode({
      output: [],
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect(cut.choices[0]?.finish).toEqual({ reason: 'length', raw: 'max_output_tokens' });
  });

  it.each([
    ['no JSON', '<html>', undefined],
    ['no object', '[]', undefined],
    ['no output', '{}', undefined],
    ['a background response', '{"status":"in_progress","output":[]}', undefined],
    [
      'a failed response',
      '{"object":"response","status":"failed","output":[],"error":{"code":"server_error","message":"Oops"}}',
      'server',
    ],
    ['an error', '{"error":{"message":"Slow down","code":"rate_limit_exceeded"}}', 'rate_limit'],
  ])('[62] [98] is refused when it is %s', (_name, text, kind) => {
    let thrown: unknown;
    try {
      decodeResponse(text);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof UnreadableAnswer)) throw new Error('no UnreadableAnswer');
    expect(thrown.vendorError?.kind).toBe(kind);
  });
});
