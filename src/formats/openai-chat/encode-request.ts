import type { ChatRequest, ReasoningSettings } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonValue } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions } from '../../contract/wire-format.js';
import { forwardPreferences } from '../json/read-provider.js';
import { checkToolPairs } from '../tools/check-tool-pairs.js';
import { refuseThread } from '../tools/refuse-thread.js';
import { encodeMessages } from './encode-messages.js';
import { describeSchema, encodeResponseFormat, encodeTools } from './encode-tools.js';
import { patchRequest } from './patch-request.js';

/** Extensions that mean the same in OpenAI's two formats. */
const SHARED_WITH_RESPONSES: ReadonlySet<string> = new Set([
  'store',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'verbosity',
]);

/**
 * Writes a request for an OpenAI-compatible vendor: the caller's own body, patched, where the caller speaks this
 * format, else from the canonical reading.
 * @throws GatewayError `unsupported_parameter` for what must not be dropped; `invalid_request` for orphaned tool results
 */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  const { n } = request.sampling;
  if (n !== undefined && n > 1 && options.traits.multipleChoices === false) {
    throw new GatewayError('unsupported_parameter', `n must be 1 for this target, found ${String(n)}`, {
      param: 'n',
    });
  }
  const { format } = request.original;
  // Simple chat takes OpenAI's members, so its bodies go through the same way.
  const speaksOpenai = format === 'openai-chat' || format === 'simple-chat';
  return speaksOpenai ? patchRequest(request, options) : writeRequest(request, options);
}

function writeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  refuseThread(request);
  const { traits } = options;
  const faults = checkToolPairs(request);
  if (faults.length > 0)
    throw new GatewayError('invalid_request', faults.join('; '), { details: faults, param: 'messages' });
  const dropped = new Set<string>();
  const tools = encodeTools(request, traits, dropped);
  const messages: unknown[] = encodeMessages(request, traits, dropped);
  const body: Record<string, unknown> = { model: options.model, messages };
  const preferences = forwardPreferences(request.preferences, traits.preferences);
  if (preferences !== undefined) body['provider'] = preferences;
  if (request.stream) {
    body['stream'] = true;
    if (traits.streamUsage !== false) body['stream_options'] = { include_usage: true };
  }
  Object.assign(body, tools.members);
  writeSampling(body, request, options, dropped);
  if (request.responseFormat !== undefined) {
    if (request.responseFormat.type === 'json-schema' && traits.jsonSchema === false) {
      body['response_format'] = { type: 'json_object' };
      messages.unshift({ role: 'system', content: describeSchema(request.responseFormat) });
    } else {
      body['response_format'] = encodeResponseFormat(request.responseFormat);
    }
  }
  const effort = request.reasoning === undefined ? undefined : toEffort(request.reasoning);
  if (effort !== undefined) body['reasoning_effort'] = effort;
  writeCallerMembers(body, request, dropped);
  for (const name of traits.unsupported ?? []) {
    if (body[name] === undefined) continue;
    body[name] = undefined;
    dropped.add(name);
  }
  return {
    body: JSON.stringify(body),
    dropped: [...dropped],
    isVerbatim: false,
    ...(tools.names === undefined ? undefined : { decoding: { toolNames: tools.names } }),
  };
}

function writeSampling(
  body: Record<string, unknown>,
  request: ChatRequest,
  { traits }: EncodeOptions,
  dropped: Set<string>,
): void {
  const { sampling } = request;
  // Members that are undefined are left out by JSON.stringify.
  body[traits.maxTokensField ?? 'max_tokens'] = sampling.maxTokens;
  body['temperature'] = sampling.temperature;
  body['top_p'] = sampling.topP;
  body['stop'] = sampling.stop !== undefined && sampling.stop.length > 0 ? sampling.stop : undefined;
  body['seed'] = sampling.seed;
  body['frequency_penalty'] = sampling.frequencyPenalty;
  body['presence_penalty'] = sampling.presencePenalty;
  body['logit_bias'] = sampling.logitBias;
  body['logprobs'] = sampling.logprobs;
  body['top_logprobs'] = sampling.topLogprobs;
  body['n'] = sampling.n;
  if (sampling.topK !== undefined) dropped.add('top_k');
}

function writeCallerMembers(body: Record<string, unknown>, request: ChatRequest, dropped: Set<string>): void {
  const { format } = request.original;
  body['user'] = request.user;
  body['service_tier'] = request.serviceTier === 'standard_only' ? 'default' : request.serviceTier;
  if (request.metadata !== undefined) {
    if (format === 'anthropic-messages') {
      if (Object.keys(request.metadata).some((name) => name !== 'user_id')) dropped.add('metadata');
    } else {
      body['metadata'] = request.metadata;
    }
  }
  for (const [name, value] of Object.entries<JsonValue>(request.extensions ?? {})) {
    if (format === 'openai-responses' && SHARED_WITH_RESPONSES.has(name)) body[name] = value;
    else dropped.add(name);
  }
}

/** Effort as a word; a budget in tokens becomes the nearest one. */
function toEffort(reasoning: ReasoningSettings): string | undefined {
  if (reasoning.mode === 'disabled') return undefined;
  if (reasoning.effort !== undefined) return reasoning.effort;
  const budget = reasoning.budgetTokens;
  if (budget === undefined) return undefined;
  if (budget >= 10_000) return 'high';
  if (budget >= 5000) return 'medium';
  return budget >= 2000 ? 'low' : 'minimal';
}
