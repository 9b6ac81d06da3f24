import { expect, it } from 'vitest';
import type { JsonObject } from '../../contract/json.js';
import { toSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { OPENAI_CHAT_INBOUND, OPENAI_CHAT_OUTBOUND } from './openai-chat.format.js';

function forward(id: string): { text: string; body: string } {
  const json: JsonObject = {
    model: 'm',
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: id, content: 'x' },
    ],
  };
  const text = JSON.stringify(json);
  const request = OPENAI_CHAT_INBOUND.decodeRequest({ format: 'openai-chat', text, json });
  return { text, body: OPENAI_CHAT_OUTBOUND.encodeRequest(request, { model: 'm', traits: {} }).body };
}

it('a conversation that began at Gemini goes on at another vendor with ids of usual length', () => {
  const { body } = forward(toSignedToolCallId('8hd01vsf', 'A'.repeat(400)));
  expect(body).toBe(forward('8hd01vsf').body);
});

it('ids of other vendors stay', () => {
  const { text, body } = forward('call_1');
  expect(body).toBe(text);
});
