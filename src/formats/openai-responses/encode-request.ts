import type { ChatRequest, ReasoningSettings } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions, TargetTraits } from '../../contract/wire-format.js';
import { readArray } from '../json/read-json.js';
import { describeSchema } from '../openai-chat/encode-tools.js';
import { checkToolPairs } from '../tools/check-tool-pairs.js';
import { isTextOnly, refuseModalities } from '../tools/refuse-modalities.js';
import { refuseThread } from '../tools/refuse-thread.js';
import { INCLUDE_LOGPROBS } from './decode-request.js';
import { encodeItems } from './encode-items.js';
import { encodeTextFormat, encodeTools } from './encode-tools.js';
import { forwardRequest } from './forward-request.js';

/**
 * Writes a request for a vendor that speaks Responses: the caller's own body, patched, where the caller speaks this
 * format, else from the canonical reading.
 * @throws GatewayError `unsupported_parameter` for what must not be dropped; `invalid_request` for orphaned tool results
 */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  return request.original.format === 'openai-responses'
    ? forwardRequest(request, options)
    : writeRequest(request, options);
}

function writeRequest(request: ChatRequest, { model, traits }: EncodeOptions): EncodedRequest {
  refuseInexpressible(request);
  const dropped = new Set<string>();
  const tools = encodeTools(request, dropped);
  const input = encodeItems(request, traits, { source: request.original.format, dropped });
  const body: Record<string, JsonValue | undefined> = {
    model,
    input,
    store: false,
    stream: request.stream ? true : undefined,
    ...tools.members,
    max_output_tokens: request.sampling.maxTokens,
    temperature: request.sampling.temperature,
    top_p: request.sampling.topP,
    top_logprobs: request.sampling.topLogprobs,
    include: encodeInclude(request),
    text: encodeText(request, traits, input),
    reasoning: encodeReasoning(request.reasoning),
    service_tier: request.serviceTier === 'standard_only' ? 'default' : request.serviceTier,
    user: request.user,
    metadata: request.original.format === 'anthropic-messages' ? undefined : request.metadata,
  };
  writeExtensions(body, request, dropped);
  listLeftOut(request, dropped);
  removeUnsupported(body, traits, request, dropped);
  return {
    body: JSON.stringify(body),
    dropped: [...dropped],
    isVerbatim: false,
    ...(tools.names === undefined ? undefined : { decoding: { toolNames: tools.names } }),
  };
}

function refuseInexpressible(request: ChatRequest): void {
  const { n } = request.sampling;
  if (n !== undefined && n > 1) throw unsupported('n', 'must be 1: the target gives one answer to a request');
  refuseModalities(request);
  refuseThread(request);
  const faults = checkToolPairs(request);
  if (faults.length > 0)
    throw new GatewayError('invalid_request', faults.join('; '), { details: faults, param: 'messages' });
}

function unsupported(param: string, problem: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${param} ${problem}`, { param });
}

function encodeInclude(request: ChatRequest): string[] | undefined {
  const include: string[] = [];
  if (request.sampling.logprobs === true) include.push(INCLUDE_LOGPROBS);
  // Chat callers can send it back (`thinking_blocks`); models that do not reason refuse the wish.
  const reasons = request.reasoning?.effort !== undefined && request.reasoning.effort !== 'none';
  const keepsProofs = request.original.format === 'openai-chat' || request.original.format === 'simple-chat';
  if (reasons && keepsProofs) include.push('reasoning.encrypted_content');
  return include.length === 0 ? undefined : include;
}

/** `text`: the answer's shape and how much is said. A target without schemas is told of it in the first input item. */
function encodeText(request: ChatRequest, traits: TargetTraits, input: JsonObject[]): JsonObject | undefined {
  const shape = request.responseFormat;
  const verbosity = request.extensions?.['verbosity'];
  let format = shape === undefined ? undefined : encodeTextFormat(shape);
  if (shape?.type === 'json-schema' && traits.jsonSchema === false) {
    format = { type: 'json_object' };
    input.unshift({ role: 'system', content: describeSchema(shape) });
  }
  if (format === undefined && verbosity === undefined) return undefined;
  return { format, verbosity };
}

function encodeReasoning(reasoning: ReasoningSettings | undefined): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const effort = toEffort(reasoning);
  const summary = toSummary(reasoning.summary);
  return effort === undefined && summary === undefined ? undefined : { effort, summary };
}

/** Effort as a word; a budget in tokens becomes the nearest one. */
function toEffort({ mode, effort, budgetTokens }: ReasoningSettings): string | undefined {
  if (mode === 'disabled') return undefined;
  if (effort !== undefined || budgetTokens === undefined) return effort;
  if (budgetTokens >= 10_000) return 'high';
  if (budgetTokens >= 5000) return 'medium';
  return budgetTokens >= 2000 ? 'low' : 'minimal';
}

/** Anthropic's words are `summarized` and `omitted`. */
function toSummary(summary: string | undefined): string | undefined {
  if (summary === 'summarized') return 'auto';
  return summary === 'omitted' || summary === 'none' ? undefined : summary;
}

const SHARED_WITH_CHAT: ReadonlySet<string> = new Set([
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
]);

function writeExtensions(
  body: Record<string, JsonValue | undefined>,
  request: ChatRequest,
  dropped: Set<string>,
): void {
  const isOpenai = request.original.format === 'openai-chat' || request.original.format === 'simple-chat';
  for (const [name, value] of Object.entries(request.extensions ?? {})) {
    if (isOpenai && SHARED_WITH_CHAT.has(name)) body[name] = value;
    else if (name === 'tool_choice' && isOpenai) body[name] = encodeAllowedTools(value) ?? body[name];
    else if (isWithoutMeaning(name, value)) continue;
    else dropped.add(name);
  }
}

/** OpenAI's chat format nests the list of allowed tools. */
function encodeAllowedTools(value: JsonValue): JsonObject | undefined {
  const allowed = isJsonObject(value) ? value['allowed_tools'] : undefined;
  if (!isJsonObject(allowed)) return undefined;
  const tools = readArray(allowed['tools']).map((tool) => {
    if (!isJsonObject(tool)) return tool;
    const named = tool['function'] ?? tool['custom'];
    return isJsonObject(named) ? { type: tool['type'], name: named['name'] } : tool;
  });
  return { type: 'allowed_tools', mode: allowed['mode'], tools };
}

function isWithoutMeaning(name: string, value: JsonValue): boolean {
  if (name === 'verbosity') return true;
  if (name === 'store') return value === false;
  return isTextOnly(name, value);
}

/** Settings that this format has no word for. Those at their neutral value are not named. */
function listLeftOut(request: ChatRequest, dropped: Set<string>): void {
  const { sampling } = request;
  const note = (given: boolean, name: string): void => {
    if (given) dropped.add(name);
  };
  const stopName = request.original.format === 'anthropic-messages' ? 'stop_sequences' : 'stop';
  note((sampling.stop ?? []).length > 0, stopName);
  note(sampling.topK !== undefined, 'top_k');
  note(sampling.seed !== undefined, 'seed');
  note((sampling.frequencyPenalty ?? 0) !== 0, 'frequency_penalty');
  note((sampling.presencePenalty ?? 0) !== 0, 'presence_penalty');
  note(Object.keys(sampling.logitBias ?? {}).length > 0, 'logit_bias');
  const isAnthropic = request.original.format === 'anthropic-messages';
  note(isAnthropic && Object.keys(request.metadata ?? {}).some((name) => name !== 'user_id'), 'metadata');
}

/** What a member of this format is called by callers of others. */
const CALLERS_NAMES: Readonly<Record<string, readonly string[]>> = {
  max_output_tokens: ['max_completion_tokens', 'max_tokens'],
  text: ['response_format', 'output_config', 'verbosity'],
  reasoning: ['reasoning_effort', 'reasoning', 'thinking'],
  include: ['logprobs'],
};

function removeUnsupported(
  body: Record<string, JsonValue | undefined>,
  traits: TargetTraits,
  request: ChatRequest,
  dropped: Set<string>,
): void {
  const { json } = request.original;
  for (const member of traits.unsupported ?? []) {
    if (body[member] === undefined) continue;
    body[member] = undefined;
    // What the caller never asked for is not missed.
    const given = (CALLERS_NAMES[member] ?? [member]).find((name) => json[name] !== undefined);
    if (given !== undefined) dropped.add(given);
  }
}
