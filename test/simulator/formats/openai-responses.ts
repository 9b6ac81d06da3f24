import { cutIntoPieces } from '../answer.ts';
import type { Answer } from '../answer.ts';
import { CREATED_SECONDS, toEvent, toId } from '../format.ts';
import type { Format, StreamFrames } from '../format.ts';

/** The Responses API: named events with a sequence number, ended by `response.completed` and never by `[DONE]`. */
export const openAiResponses: Format = {
  encodeBody: (answer) => envelope(answer, 'completed', outputOf(answer)),
  encodeStream,
  encodeEmptyBody: (answer) => envelope(answer, 'completed', []),
  encodeStreamError: (answer, type) => {
    const message = 'The server had an error while processing your request. Sorry about that!';
    const error = { code: type ?? 'server_error', message };
    return numbered([
      { type: 'error', error: { type: type ?? 'server_error', ...error, param: null } },
      { type: 'response.failed', response: { ...envelope(answer, 'failed', []), error } },
    ]);
  },
};

type ResponseEvent = { type: string } & Record<string, unknown>;

function encodeStream(answer: Answer): StreamFrames {
  const items = outputOf(answer);
  const preamble: ResponseEvent[] = [
    { type: 'response.created', response: envelope(answer, 'in_progress', []) },
    { type: 'response.in_progress', response: envelope(answer, 'in_progress', []) },
  ];
  const content: ResponseEvent[][] = [];
  items.forEach((item, index) => {
    const isText = item['type'] === 'message';
    const place = { item_id: item['id'], output_index: index };
    const opened = isText ? { ...item, status: 'in_progress', content: [] } : { ...item, arguments: '' };
    const pieces = isText ? answer.textPieces : cutIntoPieces(String(item['arguments']), 3);
    const opening: ResponseEvent[] = [
      { type: 'response.output_item.added', output_index: index, item: opened },
    ];
    if (isText) {
      opening.push({ type: 'response.content_part.added', ...place, content_index: 0, part: textPart('') });
    }
    const deltas: ResponseEvent[] = pieces.map((delta) =>
      isText
        ? { type: 'response.output_text.delta', ...place, content_index: 0, delta, logprobs: [] }
        : { type: 'response.function_call_arguments.delta', ...place, delta },
    );
    const closing: ResponseEvent[] = isText
      ? [
          { type: 'response.output_text.done', ...place, content_index: 0, text: answer.text, logprobs: [] },
          { type: 'response.content_part.done', ...place, content_index: 0, part: textPart(answer.text) },
        ]
      : [{ type: 'response.function_call_arguments.done', ...place, arguments: item['arguments'] }];
    closing.push({ type: 'response.output_item.done', output_index: index, item });
    deltas.forEach((delta, position) => {
      content.push([
        ...(position === 0 ? opening : []),
        delta,
        ...(position === deltas.length - 1 ? closing : []),
      ]);
    });
  });
  const finish: ResponseEvent[] = [
    { type: 'response.completed', response: envelope(answer, 'completed', items) },
  ];
  let sequence = 0;
  const encode = (events: readonly ResponseEvent[]): readonly string[] => {
    const frames = numbered(events, sequence);
    sequence += events.length;
    return frames;
  };
  return {
    preamble: encode(preamble),
    content: content.map((events) => encode(events).join('')),
    finish: encode(finish),
    usage: [],
    end: [],
  };
}

function numbered(events: readonly ResponseEvent[], first = 0): readonly string[] {
  return events.map((event, index) => toEvent({ ...event, sequence_number: first + index }, event.type));
}

function outputOf(answer: Answer): readonly Record<string, unknown>[] {
  const id = toId('msg_', answer.serial);
  return [
    ...(answer.text === ''
      ? []
      : [{ id, type: 'message', status: 'completed', content: [textPart(answer.text)], role: 'assistant' }]),
    ...answer.tools.map((call, index) => ({
      id: `${toId('fc_', answer.serial)}_${String(index)}`,
      type: 'function_call',
      status: 'completed',
      arguments: call.arguments,
      call_id: call.id ?? `${toId('call_', answer.serial)}_${String(index)}`,
      name: call.name,
    })),
  ];
}

function textPart(text: string): unknown {
  return { type: 'output_text', annotations: [], logprobs: [], text };
}

function envelope(answer: Answer, status: string, output: readonly unknown[]): Record<string, unknown> {
  const usage = answer.usage;
  return {
    id: toId('resp_', answer.serial),
    object: 'response',
    created_at: CREATED_SECONDS,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: answer.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage:
      status === 'completed' && usage
        ? {
            input_tokens: usage.input,
            input_tokens_details: { cached_tokens: usage.cached },
            output_tokens: usage.output,
            output_tokens_details: { reasoning_tokens: usage.reasoning },
            total_tokens: usage.input + usage.output,
          }
        : null,
    metadata: {},
  };
}
