import type {
  ChatRequest,
  OriginalBody,
  ReasoningSettings,
  ResponseFormat,
  SamplingSettings,
} from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readObject } from '../json/read-json.js';
import { readProvider } from '../json/read-provider.js';
import { decodeConversation } from './decode-messages.js';
import { decodeToolChoice, decodeTools } from './decode-tools.js';
import { decodeServiceTier } from './map-service-tier.js';
import { RequestFaults } from './request-faults.js';

/** Members with a place in `ChatRequest`; all others are extensions. */
const KNOWN = new Set([
  'model',
  'models',
  'provider',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
]);

/**
 * Reads the body of `POST /v1/messages`. A missing `model` asks for the default route.
 * https://platform.claude.com/docs/en/api/messages
 * @throws GatewayError `invalid_request` with every fault in `details`
 */
export function decodeRequest(original: OriginalBody): ChatRequest {
  const { json } = original;
  const faults = new RequestFaults();
  const metadata = readObjectMember(json, 'metadata', faults);
  const outputConfig = readObjectMember(json, 'output_config', faults);
  const stream = faults.readBoolean(json, 'stream') ?? false;
  const wish = readProvider(json['provider'], (param, problem) => {
    faults.add(param, problem);
  });
  const request: ChatRequest = {
    original,
    model: faults.readString(json, 'model') || undefined,
    ...(wish.provider === undefined ? {} : { provider: wish.provider }),
    ...(wish.preferences === undefined ? {} : { preferences: wish.preferences }),
    fallbackModels: readStrings(json, 'models', faults) ?? wish.fallbackModels,
    stream,
    // Anthropic's streams always report usage.
    includeUsage: true,
    ...decodeConversation(json, faults),
    sampling: decodeSampling(json, faults),
    tools: decodeTools(json, faults),
    ...decodeToolChoice(json, faults),
    responseFormat: decodeFormat(outputConfig?.['format'] ?? json['output_format'], faults),
    reasoning: decodeReasoning(json, outputConfig, faults),
    serviceTier: decodeServiceTier(faults.readString(json, 'service_tier') ?? ''),
    user: metadata === undefined ? undefined : faults.readString(metadata, 'user_id', 'metadata.user_id'),
    metadata: withoutUser(metadata),
    extensions: readExtensions(json),
  };
  faults.throwIfAny();
  return request;
}

function decodeSampling(json: JsonObject, faults: RequestFaults): SamplingSettings {
  if (json['max_tokens'] === undefined || json['max_tokens'] === null)
    faults.add('max_tokens', 'is required');
  return {
    // Zero fills the prompt cache without an answer.
    maxTokens: faults.readNumber(json, 'max_tokens', { min: 0, integer: true }),
    temperature: faults.readNumber(json, 'temperature', { min: 0, max: 1 }),
    topP: faults.readNumber(json, 'top_p', { min: 0, max: 1 }),
    topK: faults.readNumber(json, 'top_k', { min: 0, integer: true }),
    stop: readStrings(json, 'stop_sequences', faults),
  };
}

function decodeReasoning(
  json: JsonObject,
  outputConfig: JsonObject | undefined,
  faults: RequestFaults,
): ReasoningSettings | undefined {
  const thinking = readObjectMember(json, 'thinking', faults);
  const effort =
    outputConfig === undefined
      ? undefined
      : faults.readString(outputConfig, 'effort', 'output_config.effort');
  if (thinking === undefined) return effort === undefined ? undefined : { effort };
  const mode = faults.requireString(thinking, 'type', 'thinking.type');
  const budgetTokens = faults.readNumber(
    thinking,
    'budget_tokens',
    { min: 0, integer: true },
    'thinking.budget_tokens',
  );
  if (mode === 'enabled' && (thinking['budget_tokens'] === undefined || thinking['budget_tokens'] === null)) {
    faults.add('thinking.budget_tokens', 'is required when thinking.type is enabled');
  }
  return {
    mode,
    budgetTokens,
    effort,
    summary: faults.readString(thinking, 'display', 'thinking.display'),
  };
}

function decodeFormat(format: JsonValue | undefined, faults: RequestFaults): ResponseFormat | undefined {
  if (format === undefined || format === null) return undefined;
  const path = 'output_config.format';
  if (!isJsonObject(format)) {
    faults.expect(path, 'an object', format);
    return undefined;
  }
  const schema = format['schema'];
  if (format['type'] !== 'json_schema') faults.expect(`${path}.type`, 'json_schema', format['type']);
  else if (isJsonObject(schema)) return { type: 'json-schema', schema, strict: true };
  else faults.expect(`${path}.schema`, 'an object', schema);
  return undefined;
}

function readObjectMember(json: JsonObject, member: string, faults: RequestFaults): JsonObject | undefined {
  const value = json[member];
  if (value !== undefined && value !== null && !isJsonObject(value))
    faults.expect(member, 'an object', value);
  return readObject(value);
}

function readStrings(json: JsonObject, member: string, faults: RequestFaults): string[] | undefined {
  const value = json[member];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) {
    const strings = value.filter((entry) => typeof entry === 'string');
    if (strings.length === value.length) return strings;
  }
  faults.expect(member, 'an array of strings', value);
  return undefined;
}

function withoutUser(metadata: JsonObject | undefined): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  const { user_id: _user, ...others } = metadata;
  return Object.keys(others).length > 0 ? others : undefined;
}

function readExtensions(json: JsonObject): Record<string, JsonValue> | undefined {
  let extensions: Record<string, JsonValue> | undefined;
  for (const [name, value] of Object.entries(json)) {
    if (value === undefined || KNOWN.has(name)) continue;
    extensions ??= {};
    extensions[name] = value;
  }
  return extensions;
}
