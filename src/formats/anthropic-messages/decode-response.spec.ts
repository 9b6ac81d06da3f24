import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../contract/json.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { decodeResponse } from './decode-response.js';

function answer(members: JsonObject): string {
  return JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x-1',
    content: [{ type: 'text', text: 'hi' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    ...members,
  });
}

describe("Anthropic's whole answers", () => {
  it('[57] [65] [66] keep every block, in order', () => {
    const result = decodeResponse(
      answer({
        content: [
          { type: 'thinking', thinking: 't', signature: 's' },
          { type: 'redacted_thinking', data: 'd' },
          { type: 'text', text: 'a', citations: [{ type: 'char_location' }] },
          { type: 'text', text: 'b', citations: null },
          { type: 'tool_use', id: 'toolu_1', name: 'f', input: { z: 1, a: 'ü' } },
        ],
        stop_reason: 'tool_use',
      }),
    );
    expect(result.choices).toEqual([
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 't', signature: 's' },
          { type: 'redacted-reasoning', data: 'd' },
          {
            type: 'text',
            text: 'a',
            annotations: { format: 'anthropic-messages', items: [{ type: 'char_location' }] },
          },
          { type: 'text', text: 'b' },
          { type: 'tool-call', id: 'toolu_1', name: 'f', arguments: '{"z":1,"a":"ü"}' },
        ],
        finish: { reason: 'tool_calls', raw: 'tool_use' },
      },
    ]);
  });

  it('[26] keep numbers that a double cannot hold', () => {
    const text = answer({ content: [{ type: 'tool_use', id: 'a', name: 'f', input: { n: 0 } }] }).replace(
      '"n":0',
      '"n":12345678901234567890',
    );
    expect(decodeResponse(text).choices[0]?.content[0]).toMatchObject({
      arguments: '{"n":12345678901234567890}',
    });
  });

  it('[33] keep server tools as they are, and never as calls for the caller', () => {
    const block = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} };
    const result = decodeResponse(answer({ content: [block] }));
    expect(result.choices[0]?.content).toEqual([
      { type: 'opaque', format: 'anthropic-messages', value: block },
    ]);
    expect(result.choices[0]?.finish.reason).toBe('stop');
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['refusal', 'content_filter'],
    ['pause_turn', 'stop'],
    ['model_context_window_exceeded', 'length'],
    ['something_new', 'stop'],
  ])('[58] finish %s as %s', (stopReason, reason) => {
    expect(decodeResponse(answer({ stop_reason: stopReason })).choices[0]?.finish).toEqual({
      reason,
      raw: stopReason,
    });
  });

  it('[60] tell which stop sequence matched, and [64] why they refuse', () => {
    expect(
      decodeResponse(answer({ stop_reason: 'stop_sequence', stop_sequence: 'END' })).choices[0]?.finish,
    ).toEqual({
      reason: 'stop',
      raw: 'stop_sequence',
      stopSequence: 'END',
    });
    const refused = decodeResponse(
      answer({ content: [], stop_reason: 'refusal', stop_details: { type: 'refusal', explanation: 'No.' } }),
    );
    expect(refused.choices[0]?.content).toEqual([{ type: 'refusal', text: 'No.' }]);
  });

  it('[28] [52] give names back and show the hidden tool as text', () => {
    const content = [
      { type: 'tool_use', id: 'a', name: 'give_answer', input: { x: 1 } },
      { type: 'tool_use', id: 'b', name: 'give_answer', input: { x: 2 } },
    ];
    const options = { answerTool: 'give_answer', toolNames: new Map([['f_1', 'f.long']]) };
    const only = decodeResponse(answer({ content, stop_reason: 'tool_use' }), options);
    expect(only.choices[0]?.content).toEqual([{ type: 'text', text: '{"x":1}' }]);
    expect(only.choices[0]?.finish).toEqual({ reason: 'stop', raw: 'tool_use' });
    const call = { type: 'tool_use', id: 'c', name: 'f_1', input: {} };
    const beside = decodeResponse(answer({ content: [call], stop_reason: 'tool_use' }), options);
    expect(beside.choices[0]).toMatchObject({
      content: [{ name: 'f.long' }],
      finish: { reason: 'tool_calls' },
    });
  });

  it('[67] [69] [70] add up the parts of the usage', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 3 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 1 },
      service_tier: 'standard',
    };
    const result = decodeResponse(answer({ usage }));
    expect(result.serviceTier).toBe('default');
    expect(result.usage).toEqual({
      inputTokens: 140,
      outputTokens: 7,
      cacheReadTokens: 100,
      cacheWriteTokens: 30,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
      reasoningTokens: 3,
      webSearches: 2,
    });
  });

  it('[72] tell zero from nothing', () => {
    expect(decodeResponse(answer({ usage: { input_tokens: 0, output_tokens: 0 } })).usage).toEqual({
      inputTokens: 0,
      outputTokens: 0,
    });
    expect(decodeResponse(answer({ usage: {} })).usage).toBeUndefined();
    expect(decodeResponse(answer({})).usage).toBeUndefined();
  });

  it('[62] may be padded or empty', () => {
    expect(decodeResponse(`\n ${answer({ content: [] })}   \n`).choices[0]?.content).toEqual([]);
  });

  it.each([
    ['text', 'oops', undefined],
    ['an array', '[]', undefined],
    ['no content', '{"type":"message"}', undefined],
    ['an error', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'overloaded'],
  ])('[98] are refused when they are %s', (_name, text, kind) => {
    let failure: unknown;
    try {
      decodeResponse(text);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(UnreadableAnswer);
    expect((failure as UnreadableAnswer).vendorError?.kind).toBe(kind);
  });
});
