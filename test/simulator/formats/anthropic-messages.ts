import { cutIntoPieces } from '../answer.ts';
import type { Answer, AnswerUsage, ToolCall } from '../answer.ts';
import { toEvent, toId } from '../format.ts';
import type { Format, StreamFrames } from '../format.ts';
import { tryParse } from '../json.ts';

const SIGNATURE = 'EqQBCgIYAhIkc2ltdWxhdGVkLXNpZ25hdHVyZQ==';

export const anthropicMessages: Format = {
  encodeBody: (answer) => ({ ...envelope(answer), ...finishOf(answer), content: encodeContent(answer) }),
  encodeStream,
  encodeEmptyBody: (answer) => ({ ...envelope(answer), ...finishOf(answer), content: [] }),
  encodeStreamError: (answer, type) => [
    named({
      type: 'error',
      error: { details: null, type: type ?? 'overloaded_error', message: 'Overloaded' },
      request_id: toId('req_', answer.serial),
    }),
  ],
};

function encodeStream(answer: Answer): StreamFrames {
  const start = {
    type: 'message_start',
    message: {
      ...envelope(answer),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      ...(answer.usage ? { usage: { ...encodeUsage(answer.usage), output_tokens: 1 } } : {}),
    },
  };
  const content: string[] = [];
  const blocks = blocksOf(answer);
  // The start of a block rides before its first delta and its stop after its last, so that the count is of deltas.
  // The very first start belongs to the preamble: a vendor sends it before it has content.
  blocks.forEach((block, index) => {
    block.deltas.forEach((delta, position) => {
      const opens = position === 0 && index > 0 ? named(blockStart(block.start, index)) : '';
      const closes =
        position === block.deltas.length - 1 && index < blocks.length - 1
          ? named({ type: 'content_block_stop', index })
          : '';
      content.push(`${opens}${named({ type: 'content_block_delta', index, delta })}${closes}`);
    });
  });
  const first = blocks[0];
  const messageDelta = {
    type: 'message_delta',
    delta: finishOf(answer),
    ...(answer.usage ? { usage: finalUsage(answer.usage) } : { usage: {} }),
  };
  return {
    preamble: [named(start), ...(first ? [named(blockStart(first.start, 0))] : []), named({ type: 'ping' })],
    content,
    finish: [
      ...(first ? [named({ type: 'content_block_stop', index: blocks.length - 1 })] : []),
      named(messageDelta),
    ],
    usage: [],
    end: [named({ type: 'message_stop' })],
  };
}

interface Block {
  readonly start: unknown;
  readonly deltas: readonly unknown[];
}

function blocksOf(answer: Answer): readonly Block[] {
  const blocks: Block[] = [];
  if (answer.reasoning !== '') {
    blocks.push({
      start: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...answer.reasoningPieces.map((piece) => ({ type: 'thinking_delta', thinking: piece })),
        { type: 'signature_delta', signature: SIGNATURE },
      ],
    });
  }
  if (answer.text !== '') {
    blocks.push({
      start: { type: 'text', text: '' },
      deltas: answer.textPieces.map((piece) => ({ type: 'text_delta', text: piece })),
    });
  }
  answer.tools.forEach((call, index) => {
    const pieces = ['', ...cutIntoPieces(call.arguments, Math.ceil(call.arguments.length / 6))];
    blocks.push({
      start: { type: 'tool_use', id: toCallId(call, answer, index), name: call.name, input: {} },
      deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    });
  });
  return blocks;
}

function encodeContent(answer: Answer): readonly unknown[] {
  return [
    ...(answer.reasoning === ''
      ? []
      : [{ type: 'thinking', thinking: answer.reasoning, signature: SIGNATURE }]),
    ...(answer.text === '' ? [] : [{ type: 'text', text: answer.text }]),
    ...answer.tools.map((call, index) => ({
      type: 'tool_use',
      id: toCallId(call, answer, index),
      name: call.name,
      input: tryParse(call.arguments) ?? {},
    })),
  ];
}

function blockStart(block: unknown, index: number): { type: string } {
  return { type: 'content_block_start', index, content_block: block } as { type: string };
}

function envelope(answer: Answer): Record<string, unknown> {
  return {
    id: toId('msg_', answer.serial),
    type: 'message',
    role: 'assistant',
    model: answer.model,
    ...(answer.usage ? { usage: encodeUsage(answer.usage) } : {}),
  };
}

function finishOf(answer: Answer): { stop_reason: string; stop_sequence: string | null } {
  const reason = answer.finish ?? (answer.tools.length > 0 ? 'tool_use' : 'end_turn');
  return { stop_reason: reason, stop_sequence: null };
}

/** Anthropic's `input_tokens` are those that the cache had no part in. */
function encodeUsage(usage: AnswerUsage): Record<string, unknown> {
  return {
    input_tokens: usage.input - usage.cached - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cached,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: usage.output,
    service_tier: 'standard',
  };
}

function finalUsage(usage: AnswerUsage): Record<string, unknown> {
  return {
    input_tokens: usage.input - usage.cached - usage.cacheWrite,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.output,
  };
}

function toCallId(call: ToolCall, answer: Answer, index: number): string {
  return call.id ?? `${toId('toolu_', answer.serial)}_${String(index)}`;
}

function named(event: { type: string } & Record<string, unknown>): string {
  return toEvent(event, event.type);
}
