import type {
  ChatRequest,
  OriginalBody,
  ReasoningSettings,
  SamplingSettings,
} from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readNumber, readString } from '../json/read-json.js';
import { readProvider } from '../json/read-provider.js';
import { decodeMessages } from './decode-messages.js';
import { decodeResponseFormat, decodeToolChoice, decodeTools } from './decode-tools.js';
import { RequestReader } from './request-reader.js';

/**
 * Reads a body of OpenAI's chat completions, its vendors' additions included. The message list is walked once.
 * @throws GatewayError `invalid_request` with every fault in `details`
 */
export function decodeRequest(body: OriginalBody): ChatRequest {
  const reader = new RequestReader(body.json);
  const messages = readMessageList(body.json, reader);
  const model = reader.string('model');
  const stream = reader.boolean('stream') ?? false;
  const streamOptions = reader.object('stream_options');
  const wish = readProvider(reader.value('provider'), (param, problem) => {
    reader.fault(param, problem);
  });
  const fallbackModels = reader.strings('models') ?? wish.fallbackModels;
  const tools = decodeTools(reader);
  const toolChoice = decodeToolChoice(reader);
  const parallelToolCalls = reader.boolean('parallel_tool_calls');
  const responseFormat = decodeResponseFormat(reader);
  const sampling = readSampling(reader);
  const reasoning = readReasoning(reader);
  const serviceTier = reader.string('service_tier');
  const user = reader.string('user');
  const metadata = reader.object('metadata');
  const decodedMessages = decodeMessages(messages, reader);
  reader.throwFaults();
  const extensions = readExtensions(body.json, reader);
  return {
    original: body,
    model: model === '' ? undefined : model,
    provider: wish.provider,
    preferences: wish.preferences,
    fallbackModels,
    stream,
    includeUsage: streamOptions?.['include_usage'] === true,
    messages: decodedMessages,
    sampling,
    tools,
    toolChoice,
    parallelToolCalls,
    responseFormat,
    reasoning,
    serviceTier,
    user,
    metadata,
    extensions,
  };
}

function readMessageList(json: JsonObject, reader: RequestReader): readonly JsonValue[] {
  const value = reader.value('messages');
  if (Array.isArray(value) && value.length > 0) return value;
  if (value === undefined && json['input'] !== undefined) {
    reader.fault(
      'messages',
      'must be a non-empty array; the body has input, which is the shape of /v1/responses',
    );
  } else {
    reader.fault('messages', 'must be a non-empty array');
  }
  return [];
}

function readSampling(reader: RequestReader): SamplingSettings {
  const maxTokens = reader.number('max_tokens', { integer: true, min: 1 });
  const maxCompletionTokens = reader.number('max_completion_tokens', { integer: true, min: 1 });
  return {
    maxTokens: maxCompletionTokens ?? maxTokens,
    temperature: reader.number('temperature', { min: 0, max: 2 }),
    topP: reader.number('top_p', { min: 0, max: 1 }),
    topK: reader.number('top_k', { integer: true }),
    stop: reader.strings('stop'),
    seed: reader.number('seed', { integer: true }),
    frequencyPenalty: reader.number('frequency_penalty', { min: -2, max: 2 }),
    presencePenalty: reader.number('presence_penalty', { min: -2, max: 2 }),
    logitBias: reader.object('logit_bias'),
    logprobs: reader.boolean('logprobs'),
    topLogprobs: reader.number('top_logprobs', { integer: true, min: 0 }),
    n: reader.number('n', { integer: true, min: 1 }),
  };
}

/** `reasoning_effort`; OpenRouter's `reasoning`; `thinking` as DeepSeek, GLM and Kimi write it. */
function readReasoning(reader: RequestReader): ReasoningSettings | undefined {
  const effort = reader.string('reasoning_effort');
  const object = reader.object('reasoning');
  const thinking = reader.object('thinking');
  if (effort === undefined && object === undefined && thinking === undefined) return undefined;
  const mode = object?.['enabled'] === false ? 'disabled' : readString(thinking?.['type']);
  return {
    effort: (effort ?? readString(object?.['effort'])) || undefined,
    budgetTokens: readNumber(object?.['max_tokens']) ?? readNumber(thinking?.['budget_tokens']),
    mode: mode || undefined,
  };
}

/** What has no place in the canonical request, and the parts of known members that do not fit there. */
function readExtensions(
  json: JsonObject,
  reader: RequestReader,
): Readonly<Record<string, JsonValue>> | undefined {
  const rest = reader.rest();
  const choice = json['tool_choice'];
  if (!isJsonObject(choice) || choice['type'] !== 'allowed_tools') return rest;
  return { ...rest, tool_choice: choice };
}
