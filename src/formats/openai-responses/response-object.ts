import type { Finish } from '../../contract/chat-result.js';
import { ERROR_CATALOGUE, type GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import type { AnswerContext } from '../../contract/wire-format.js';
import { readArray, readObject } from '../json/read-json.js';
import { encodeIncomplete } from './map-finish.js';
import { encodeUsage } from './map-usage.js';

export interface ResponseHead {
  readonly id: string;
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
}

interface ResponseState {
  readonly output: readonly JsonObject[];
  /** Absent while it is in progress, and of one that failed. */
  readonly finish?: Finish | undefined;
  readonly usage?: Usage | undefined;
  readonly error?: GatewayError | undefined;
  readonly serviceTier?: string | undefined;
}

/** The members of an answer that repeat what its request asked for, at their defaults where it did not. */
export function echoRequest(context: AnswerContext): JsonObject {
  const { original } = context.request;
  const json: JsonObject = original.format === 'openai-responses' ? original.json : {};
  const or = (name: string, fallback: JsonValue): JsonValue => json[name] ?? fallback;
  return {
    access_programs: null,
    background: false,
    instructions: or('instructions', null),
    max_output_tokens: or('max_output_tokens', null),
    max_tool_calls: or('max_tool_calls', null),
    metadata: or('metadata', {}),
    parallel_tool_calls: or('parallel_tool_calls', true),
    previous_response_id: null,
    prompt_cache_key: or('prompt_cache_key', null),
    reasoning: { effort: null, summary: null, ...readObject(json['reasoning']) },
    safety_identifier: or('safety_identifier', null),
    store: false,
    temperature: or('temperature', null),
    text: { format: { type: 'text' }, ...readObject(json['text']) },
    tool_choice: or('tool_choice', 'auto'),
    tools: [...readArray(json['tools'])],
    top_logprobs: or('top_logprobs', 0),
    top_p: or('top_p', null),
    truncation: or('truncation', 'disabled'),
    user: or('user', null),
  };
}

/** A whole response object, as the official SDKs declare it; `output_text` is theirs to make. */
export function buildResponse(head: ResponseHead, echo: JsonObject, state: ResponseState): JsonObject {
  const incomplete = state.finish === undefined ? undefined : encodeIncomplete(state.finish);
  return {
    id: head.id,
    object: 'response',
    created_at: head.created,
    status: toStatus(state, incomplete),
    error: state.error === undefined ? null : describeError(state.error),
    incomplete_details: incomplete ?? null,
    model: head.model,
    output: [...state.output],
    ...echo,
    service_tier: state.serviceTier ?? null,
    usage: encodeUsage(state.usage),
  };
}

function toStatus(state: ResponseState, incomplete: JsonObject | undefined): string {
  if (state.error !== undefined) return 'failed';
  if (state.finish === undefined) return 'in_progress';
  return incomplete === undefined ? 'completed' : 'incomplete';
}

/** The `error` member of a response that failed. */
function describeError(error: GatewayError): JsonObject {
  return {
    code: error.code,
    message: error.message,
    type: ERROR_CATALOGUE[error.code].openaiType,
    param: error.param ?? null,
  };
}
