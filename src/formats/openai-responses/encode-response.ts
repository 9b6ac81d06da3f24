import type { ChatChoice, ChatResult } from '../../contract/chat-result.js';
import type { ToolCallPart } from '../../contract/content.js';
import type { JsonObject } from '../../contract/json.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { readString } from '../json/read-json.js';
import { mintToolCallId } from '../openai-chat/to-completion-id.js';
import { encodeIncomplete } from './map-finish.js';
import { encodeReasoning } from './map-reasoning.js';
import { buildResponse, echoRequest } from './response-object.js';
import { toItemId, toResponseId } from './to-response-id.js';

/** Writes a whole answer; the vendor's own text where it came in this format. */
export function encodeResponse(result: ChatResult, context: AnswerContext): string {
  const { original } = result;
  if (original?.format === 'openai-responses') return original.text;
  const id = toResponseId(result.id, context.requestId);
  const head = {
    id,
    model: result.model || context.model,
    created: result.created ?? Math.floor(context.receivedAt / 1000),
  };
  const [choice] = result.choices;
  return JSON.stringify(
    buildResponse(head, echoRequest(context), {
      output: choice === undefined ? [] : encodeOutput(choice, id),
      finish: choice?.finish ?? { reason: 'stop', raw: '' },
      usage: result.usage,
      serviceTier: result.serviceTier,
    }),
  );
}

/** The format holds one answer; of several the first is told. Texts and refusals side by side are one message. */
function encodeOutput(choice: ChatChoice, responseId: string): JsonObject[] {
  const output: JsonObject[] = [];
  const status = encodeIncomplete(choice.finish) === undefined ? 'completed' : 'incomplete';
  let content: JsonObject[] | undefined;
  let calls = 0;
  const say = (part: JsonObject, member: 'text' | 'refusal'): void => {
    if (content === undefined) {
      content = [];
      const id = toItemId('msg', responseId, output.length);
      output.push({ id, type: 'message', status, role: 'assistant', content });
    }
    const last = content.at(-1);
    if (last === undefined || last['type'] !== part['type']) content.push(part);
    else last[member] = readString(last[member]) + readString(part[member]);
  };
  for (const part of choice.content) {
    switch (part.type) {
      case 'text':
        if (part.text !== '')
          say({ type: 'output_text', text: part.text, annotations: [], logprobs: [] }, 'text');
        break;
      case 'refusal':
        say({ type: 'refusal', refusal: part.text }, 'refusal');
        break;
      case 'reasoning':
      case 'redacted-reasoning': {
        content = undefined;
        const own = part.type === 'reasoning' ? part.id : undefined;
        output.push(encodeReasoning(part, own ?? toItemId('rs', responseId, output.length)));
        break;
      }
      case 'tool-call':
        content = undefined;
        output.push(
          encodeToolCall({ ...part, id: part.id || mintToolCallId(responseId, 0, calls) }, status, {
            responseId,
            index: output.length,
          }),
        );
        calls += 1;
        break;
      // The format has no place for them in what a model says.
      case 'image':
      case 'document':
      case 'audio':
      case 'opaque':
        break;
    }
  }
  addLogprobs(output, choice.logprobs);
  return output;
}

function encodeToolCall(
  part: ToolCallPart,
  status: string,
  place: { readonly responseId: string; readonly index: number },
): JsonObject {
  if (part.custom === true) {
    const id = toItemId('ctc', place.responseId, place.index);
    return { id, type: 'custom_tool_call', status, call_id: part.id, name: part.name, input: part.arguments };
  }
  return {
    id: toItemId('fc', place.responseId, place.index),
    type: 'function_call',
    status,
    call_id: part.id,
    name: part.name,
    arguments: part.arguments === '' && status === 'completed' ? '{}' : part.arguments,
    ...encodeSignature(part.signature),
  };
}

/** Our extension of a call: Gemini's signature, which must come back with it. */
export function encodeSignature(signature: string | undefined): JsonObject | undefined {
  return signature === undefined
    ? undefined
    : { extra_content: { google: { thought_signature: signature } } };
}

function addLogprobs(output: readonly JsonObject[], logprobs: JsonObject | undefined): void {
  const content = logprobs?.['content'];
  if (!Array.isArray(content)) return;
  for (const item of output) {
    const parts = item['content'];
    const text = Array.isArray(parts)
      ? (parts as JsonObject[]).find((part) => part['type'] === 'output_text')
      : undefined;
    if (text === undefined) continue;
    text['logprobs'] = content;
    return;
  }
}
