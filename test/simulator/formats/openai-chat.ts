import { cutIntoPieces } from '../answer.ts';
import type { Answer, AnswerUsage, ToolCall } from '../answer.ts';
import { CREATED_SECONDS, toEvent, toId } from '../format.ts';
import type { Format, StreamFrames } from '../format.ts';
import type { Question } from '../question.ts';

export type OpenAiFlavour = 'openai' | 'deepseek';

const DONE = 'data: [DONE]\n\n';

/**
 * OpenAI sends a chunk with empty choices for usage, when asked; DeepSeek puts usage on the last chunk unasked and
 * reasons in `reasoning_content`.
 */
export function openAiChat(flavour: OpenAiFlavour): Format {
  return {
    encodeBody: (answer) => encodeBody(answer, flavour),
    encodeStream: (answer, question) => encodeStream(answer, question, flavour),
    encodeEmptyBody: (answer) => ({ ...encodeBody(answer, flavour), choices: [] }),
    encodeStreamError: (answer, type) => encodeStreamError(answer, type, flavour),
  };
}

function encodeBody(answer: Answer, flavour: OpenAiFlavour): Record<string, unknown> {
  const emptyText = flavour === 'deepseek' ? '' : null;
  const message = {
    role: 'assistant',
    content: answer.text === '' && answer.tools.length > 0 ? emptyText : answer.text,
    ...(answer.reasoning === '' ? {} : { reasoning_content: answer.reasoning }),
    ...(answer.tools.length === 0
      ? {}
      : {
          tool_calls: answer.tools.map((call, index) => ({
            ...(flavour === 'deepseek' ? { index } : {}),
            id: toCallId(call, answer, index),
            type: 'function',
            function: { name: call.name, arguments: call.arguments },
          })),
        }),
    ...(flavour === 'openai' ? { refusal: null, annotations: [] } : {}),
  };
  return {
    id: toId('chatcmpl-', answer.serial),
    object: 'chat.completion',
    created: CREATED_SECONDS,
    model: answer.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(answer) }],
    ...(answer.usage ? { usage: encodeUsage(answer.usage, flavour) } : {}),
    ...(flavour === 'openai' ? { service_tier: 'default' } : {}),
    system_fingerprint: 'fp_simulated',
  };
}

function encodeStream(answer: Answer, question: Question, flavour: OpenAiFlavour): StreamFrames {
  const isDeepSeek = flavour === 'deepseek';
  const isReasoning = answer.reasoning !== '';
  const usage = answer.usage ? encodeUsage(answer.usage, flavour) : null;
  const withUsage = isDeepSeek || question.includeUsage ? { usage: null } : {};
  const chunk = (delta: unknown, finish: string | null = null): string =>
    toEvent({
      ...envelope(answer, flavour),
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
      ...withUsage,
    });
  const role = isDeepSeek
    ? {
        role: 'assistant',
        content: isReasoning ? null : '',
        ...(isReasoning ? { reasoning_content: '' } : {}),
      }
    : { role: 'assistant', content: '', refusal: null };
  const content = [
    ...answer.reasoningPieces.map((piece) => chunk({ content: null, reasoning_content: piece })),
    ...answer.textPieces.map((piece) =>
      chunk({ content: piece, ...(isReasoning && isDeepSeek ? { reasoning_content: null } : {}) }),
    ),
    ...answer.tools.flatMap((call, index) => toolDeltas(call, answer, index).map((delta) => chunk(delta))),
  ];
  if (isDeepSeek) {
    const last = {
      ...envelope(answer, flavour),
      choices: [{ index: 0, delta: { content: '' }, logprobs: null, finish_reason: finishOf(answer) }],
      ...(usage ? { usage } : {}),
    };
    return { preamble: [chunk(role)], content, finish: [toEvent(last)], usage: [], end: [DONE] };
  }
  const usageChunk = toEvent({ ...envelope(answer, flavour), choices: [], usage });
  return {
    preamble: [chunk(role)],
    content,
    finish: [chunk({}, finishOf(answer))],
    usage: question.includeUsage && usage ? [usageChunk] : [],
    end: [DONE],
  };
}

/** OpenAI sends a further chunk and `[DONE]` after the error. */
function encodeStreamError(
  answer: Answer,
  type: string | undefined,
  flavour: OpenAiFlavour,
): readonly string[] {
  const message = 'The server had an error while processing your request. Sorry about that!';
  return [
    toEvent({ error: { message, type: type ?? 'server_error', param: null, code: null } }),
    toEvent({ ...envelope(answer, flavour), choices: [{ index: 0, delta: {} }] }),
    DONE,
  ];
}

function envelope(answer: Answer, flavour: OpenAiFlavour): Record<string, unknown> {
  return {
    id: toId('chatcmpl-', answer.serial),
    object: 'chat.completion.chunk',
    created: CREATED_SECONDS,
    model: answer.model,
    ...(flavour === 'openai' ? { service_tier: 'default' } : {}),
    system_fingerprint: 'fp_simulated',
  };
}

function toolDeltas(call: ToolCall, answer: Answer, index: number): readonly unknown[] {
  const id = toCallId(call, answer, index);
  return [
    { tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: '' } }] },
    ...cutIntoPieces(call.arguments, Math.ceil(call.arguments.length / 6)).map((piece) => ({
      tool_calls: [{ index, function: { arguments: piece } }],
    })),
  ];
}

function toCallId(call: ToolCall, answer: Answer, index: number): string {
  return call.id ?? `${toId('call_', answer.serial)}_${String(index)}`;
}

function finishOf(answer: Answer): string {
  return answer.finish ?? (answer.tools.length > 0 ? 'tool_calls' : 'stop');
}

function encodeUsage(usage: AnswerUsage, flavour: OpenAiFlavour): Record<string, unknown> {
  const common = {
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: usage.input + usage.output,
  };
  if (flavour === 'deepseek') {
    return {
      ...common,
      prompt_tokens_details: { cached_tokens: usage.cached },
      ...(usage.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } } : {}),
      prompt_cache_hit_tokens: usage.cached,
      prompt_cache_miss_tokens: usage.input - usage.cached,
    };
  }
  return {
    ...common,
    prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
