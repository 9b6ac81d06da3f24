import type {
  ChatRequest,
  OriginalBody,
  ReasoningSettings,
  SamplingSettings,
} from '../../contract/chat-request.js';
import type { ChatMessage } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readString } from '../json/read-json.js';
import { readProvider } from '../json/read-provider.js';
import { RequestReader } from '../openai-chat/request-reader.js';
import { decodeInput, type DecodedInput } from './decode-items.js';
import { decodeTextFormat, decodeToolChoice, decodeTools } from './decode-tools.js';

/**
 * Reads a body of `POST /v1/responses`. Nothing is stored, so whatever asks for something stored earlier is a fault;
 * `store` itself is taken and has no effect, as the `store: false` in every answer says.
 * @throws GatewayError `invalid_request` with every fault in `details`
 */
export function decodeRequest(body: OriginalBody): ChatRequest {
  const reader = new RequestReader(body.json);
  refuseStored(reader);
  const model = reader.string('model');
  const wish = readProvider(reader.value('provider'), (param, problem) => {
    reader.fault(param, problem);
  });
  const fallbackModels = reader.strings('models') ?? wish.fallbackModels;
  const stream = reader.boolean('stream') ?? false;
  // Its members shape the frames of OpenAI's own streams and say nothing about the answer.
  reader.object('stream_options');
  reader.boolean('store');
  const instructions = readInstructions(reader);
  const input = readInput(body.json, reader);
  const text = reader.object('text');
  const request: ChatRequest = {
    original: body,
    model: model === '' ? undefined : model,
    provider: wish.provider,
    preferences: wish.preferences,
    fallbackModels,
    stream,
    // The last event of its streams always brings the usage.
    includeUsage: true,
    messages: [...instructions, ...input.messages],
    messageOrigins: [...instructions.map(() => -1), ...input.messageOrigins],
    sampling: readSampling(reader),
    tools: decodeTools(reader),
    toolChoice: decodeToolChoice(reader),
    parallelToolCalls: reader.boolean('parallel_tool_calls'),
    responseFormat: decodeTextFormat(text, reader),
    reasoning: readReasoning(reader),
    serviceTier: reader.string('service_tier'),
    user: reader.string('user'),
    metadata: reader.object('metadata'),
  };
  const truncation = reader.string('truncation');
  reader.throwFaults();
  return { ...request, extensions: readExtensions(body.json, { text, truncation }, reader) };
}

/** What `include` calls the wish for token probabilities. */
export const INCLUDE_LOGPROBS = 'message.output_text.logprobs';

const STORED: readonly (readonly [string, string])[] = [
  ['previous_response_id', 'send the earlier items in input'],
  ['conversation', 'send the earlier items in input'],
  ['prompt', "send the template's text in instructions or input"],
];

function refuseStored(reader: RequestReader): void {
  for (const [name, instead] of STORED) {
    if (reader.value(name) !== undefined)
      reader.fault(name, `must be absent, since nothing is stored here: ${instead}`);
  }
  if (reader.boolean('background') === true)
    reader.fault('background', 'must be false: an answer that is not stored cannot be fetched later');
}

function readInstructions(reader: RequestReader): ChatMessage[] {
  const instructions = reader.string('instructions');
  if (instructions === undefined || instructions === '') return [];
  return [{ role: 'system', content: [{ type: 'text', text: instructions }] }];
}

function readInput(json: JsonObject, reader: RequestReader): DecodedInput {
  const value = reader.value('input');
  if (value === undefined && json['messages'] !== undefined) {
    reader.fault(
      'input',
      'must be a non-empty string or array of items; the body has messages, which is the shape of /v1/chat/completions',
    );
    return { messages: [], messageOrigins: [] };
  }
  return decodeInput(value, reader);
}

function readSampling(reader: RequestReader): SamplingSettings {
  const topLogprobs = reader.number('top_logprobs', { integer: true, min: 0, max: 20 });
  const include = reader.array('include') ?? [];
  for (const [index, item] of include.entries()) {
    if (typeof item !== 'string')
      reader.fault(`include[${String(index)}]`, `must be a string, found ${describeJson(item)}`);
  }
  const logprobs = include.includes(INCLUDE_LOGPROBS) || (topLogprobs !== undefined && topLogprobs > 0);
  return {
    maxTokens: reader.number('max_output_tokens', { integer: true, min: 1 }),
    temperature: reader.number('temperature', { min: 0, max: 2 }),
    topP: reader.number('top_p', { min: 0, max: 1 }),
    logprobs: logprobs ? true : undefined,
    topLogprobs,
  };
}

function readReasoning(reader: RequestReader): ReasoningSettings | undefined {
  const value = reader.object('reasoning');
  if (value === undefined) return undefined;
  const settings: Record<string, string> = {};
  for (const [name, member] of [
    ['effort', 'effort'],
    ['summary', 'summary'],
    // The old name.
    ['generate_summary', 'summary'],
  ] as const) {
    const word = value[name];
    if (word === undefined || word === null || word === '') continue;
    if (typeof word === 'string') settings[member] ??= word;
    else reader.fault(`reasoning.${name}`, `must be a string, found ${describeJson(word)}`);
  }
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/** What has no place in the canonical request, and the parts of known members that do not fit there. */
function readExtensions(
  json: JsonObject,
  known: { readonly text: JsonObject | undefined; readonly truncation: string | undefined },
  reader: RequestReader,
): Readonly<Record<string, JsonValue>> | undefined {
  const extensions: Record<string, JsonValue> = { ...reader.rest() };
  // Logprobs are asked for by a setting of their own.
  const include = (Array.isArray(json['include']) ? json['include'] : []).filter(
    (item) => item !== INCLUDE_LOGPROBS,
  );
  if (include.length > 0) extensions['include'] = include;
  if (known.truncation !== undefined && known.truncation !== 'disabled')
    extensions['truncation'] = known.truncation;
  // The name that it has beside OpenAI's chat messages.
  const verbosity = readString(known.text?.['verbosity']);
  if (verbosity !== '') extensions['verbosity'] = verbosity;
  const choice = json['tool_choice'];
  if (isJsonObject(choice) && choice['type'] === 'allowed_tools') extensions['tool_choice'] = choice;
  return Object.keys(extensions).length === 0 ? undefined : extensions;
}
