import { describe, expect, it } from 'vitest';
import type { TargetTraits, EncodedRequest } from '../../contract/wire-format.js';
import { parseJson } from '../json/parse-json.js';
import { isJsonObject } from '../../contract/json.js';
import { decodeRequest } from './decode-request.js';
import { encodeRequest } from './encode-request.js';
import { UNSIGNED_THINKING } from './wire-types.js';

function forward(
  text: string,
  traits: TargetTraits = {},
  vendorHeaders?: Record<string, string>,
): EncodedRequest {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('no object');
  const request = decodeRequest({ format: 'anthropic-messages', text, json });
  return encodeRequest({ ...request, vendorHeaders }, { model: 'claude-x', traits });
}

describe("Anthropic's own requests towards Anthropic", () => {
  it('[7] [55] change nothing but the model and what is meant for the gateway', () => {
    const rest =
      ' "max_tokens" : 5,"new_thing":{"big":12345678901234567890,"null":null},\n"system":[{"type":"text","text":"x-anthropic-billing-header: a=1;","cache_control":{"type":"ephemeral"}}],"messages":[{"role":"user","content":"\\u00fc"}]';
    const encoded = forward(`{"model":"auto","provider":"anthropic","models":["a"],${rest}}`);
    expect(encoded.body).toBe(`{"model":"claude-x",${rest}}`);
    expect(encoded.dropped).toEqual([]);
  });

  it('[53] hand on the headers of the caller and name a version where there is none', () => {
    const text = '{"max_tokens":1,"messages":[{"role":"user","content":"a"}]}';
    expect(forward(text).headers).toEqual({ 'anthropic-version': '2023-06-01' });
    const headers = { 'anthropic-version': '2024-01-01', 'anthropic-beta': 'a,b' };
    expect(forward(text, {}, headers).headers).toEqual(headers);
  });

  it('lose what the target is known to refuse, and report it', () => {
    const encoded = forward(
      '{"model":"m","max_tokens":1,"top_p":0.5,"messages":[{"role":"user","content":"a"}]}',
      {
        unsupported: ['top_p', 'top_k'],
      },
    );
    expect(encoded.body).toBe(
      '{"model":"claude-x","max_tokens":1,"messages":[{"role":"user","content":"a"}]}',
    );
    expect(encoded.dropped).toEqual(['top_p']);
  });

  it('[104] lose the thinking of vendors that sign nothing, and thinking itself in the middle of its tool loop', () => {
    const thinking = `{"type":"thinking","thinking":"t","signature":"${UNSIGNED_THINKING}"}`;
    const toolUse = '{"type":"tool_use","id":"a","name":"f","input":{"n":12345678901234567890}}';
    const toolResult = '{"type":"tool_result","tool_use_id":"a"}';
    const encoded = forward(
      `{"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[${thinking}]},{"role":"assistant","content":[${thinking},${toolUse}]},{"role":"user","content":[${toolResult}]}]}`,
    );
    expect(encoded.body).toBe(
      `{"model":"claude-x","max_tokens":9000,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[${toolUse}]},{"role":"user","content":[${toolResult}]}]}`,
    );
    expect(encoded.dropped).toEqual(['thinking']);
  });
});
