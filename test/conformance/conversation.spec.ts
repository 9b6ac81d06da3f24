import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from '../../src/contract/json.js';
import type { WireFormatName } from '../../src/contract/wire-format-name.js';
import type { InboundFormat, OutboundFormat } from '../../src/contract/wire-format.js';
import {
  ANTHROPIC_MESSAGES_INBOUND,
  ANTHROPIC_MESSAGES_OUTBOUND,
} from '../../src/formats/anthropic-messages/anthropic-messages.format.js';
import { parseJson } from '../../src/formats/json/parse-json.js';
import {
  OPENAI_CHAT_INBOUND,
  OPENAI_CHAT_OUTBOUND,
} from '../../src/formats/openai-chat/openai-chat.format.js';
import { conversation } from './arbitrary-conversation.js';
import { toExactJson } from './exact-json.js';
import { toList, toMembers, toText, type Members } from './expect/json.js';
import { findAnthropicFaults } from './validate/anthropic-messages.js';
import { findOpenaiChatFaults } from './validate/openai-chat.js';

describe('a conversation in any shape', () => {
  test("keeps its meaning from OpenAI's format to Anthropic's and back", () => {
    fc.assert(
      fc.property(conversation, (request) => {
        const sent = JSON.stringify(request);
        const translated = translate(sent, OPENAI_CHAT_INBOUND, ANTHROPIC_MESSAGES_OUTBOUND);
        expect(findAnthropicFaults(JSON.parse(translated))).toEqual([]);
        const back = translate(translated, ANTHROPIC_MESSAGES_INBOUND, OPENAI_CHAT_OUTBOUND);
        expect(findOpenaiChatFaults(JSON.parse(back))).toEqual([]);
        expect(meaningOf(back)).toEqual(meaningOf(sent));
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

function translate(text: string, from: InboundFormat, to: OutboundFormat): string {
  const request = from.decodeRequest(toOriginal(text, from.name));
  const { body, dropped } = to.encodeRequest(request, { model: 'any', traits: {} });
  expect(dropped).toEqual([]);
  return body;
}

function toOriginal(text: string, format: WireFormatName) {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error('A request is not an object');
  return { format, text, json };
}

/**
 * What must not change: system texts in their order, wherever they stand; who says what in which order, turns of one
 * speaker taken together; calls and results with their ids; tools and settings.
 */
function meaningOf(text: string): unknown {
  const {
    messages,
    model: _model,
    parallel_tool_calls: parallel,
    stop,
    tool_choice: choice,
    ...settings
  } = toMembers(JSON.parse(text));
  const systems: string[] = [];
  const turns: { role: string; parts: unknown[] }[] = [];
  for (const item of toList(messages)) {
    const message = toMembers(item);
    if (message['role'] === 'system' || message['role'] === 'developer') {
      systems.push(...partsOf(message).map(String));
      continue;
    }
    const last = turns.at(-1);
    const isSame = last?.role === message['role'];
    const turn = last !== undefined && isSame ? last : { role: toText(message['role']), parts: [] };
    if (turn !== last) turns.push(turn);
    for (const part of [...partsOf(message), ...toList(message['tool_calls']).map(callOf)]) {
      const before = turn.parts.at(-1);
      if (typeof part === 'string' && typeof before === 'string') turn.parts.splice(-1, 1, before + part);
      else turn.parts.push(part);
    }
  }
  return {
    // Which white space stands between two of them is free.
    systems: systems.join(' ').replace(/\s+/g, ' '),
    turns,
    settings,
    stop: typeof stop === 'string' ? [stop] : stop,
    // What vendors do anyway when nothing is said.
    parallel: choice === 'none' || (parallel ?? true),
    choice: choice ?? 'auto',
  };
}

function partsOf(message: Members): readonly unknown[] {
  const { content, tool_call_id: id } = message;
  if (id !== undefined) return [{ id, content }];
  if (typeof content === 'string') return [content];
  return toList(content).map((part) => {
    const { type, text, image_url: image } = toMembers(part);
    return type === 'text' ? text : { image: toMembers(image)['url'] };
  });
}

function callOf(call: unknown): unknown {
  const { id, function: called } = toMembers(call);
  const { name, arguments: args } = toMembers(called);
  return { id, name, args: toExactJson(toText(args)) };
}
