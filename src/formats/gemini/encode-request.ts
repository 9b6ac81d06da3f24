import type { ChatRequest, SamplingSettings } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions, TargetTraits } from '../../contract/wire-format.js';
import { checkToolPairs } from '../tools/check-tool-pairs.js';
import { refuseModalities } from '../tools/refuse-modalities.js';
import { refuseThread } from '../tools/refuse-thread.js';
import { encodeConversation } from './encode-conversation.js';
import { encodeTools } from './encode-tools.js';
import { listDropped, nameAsSent } from './list-dropped.js';
import { mapReasoning } from './map-reasoning.js';
import { planToolNames } from './map-tool-names.js';
import { describeFormat, toResponseSchema } from './to-schema.js';

/** What a member of `generationConfig` is called by callers. */
const CALLERS_NAMES: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  responseLogprobs: 'logprobs',
  logprobs: 'top_logprobs',
};

/**
 * Writes a `GenerateContentRequest`: https://ai.google.dev/api/generate-content. The model and the wish for a stream are
 * in the address. `traits.thinking` tells Gemini 3 (`adaptive`) from 2.5 (`budget`).
 * @throws GatewayError as `OutboundFormat.encodeRequest`, and `invalid_request` where the conversation itself is at fault
 */
export function encodeRequest(request: ChatRequest, { traits }: EncodeOptions): EncodedRequest {
  const { n } = request.sampling;
  if (n !== undefined && n > 1 && traits.multipleChoices === false) {
    throw new GatewayError('unsupported_parameter', `n must be 1 for this target, found ${String(n)}`, {
      param: 'n',
    });
  }
  refuseModalities(request);
  refuseThread(request);
  const faults = checkToolPairs(request);
  if (faults.length > 0)
    throw new GatewayError('invalid_request', faults.join('; '), { param: 'messages', details: faults });
  const dropped = new Set(listDropped(request));
  const names = planToolNames(request);
  const isGemini3 = (traits.thinking ?? 'adaptive') === 'adaptive';
  const { system, contents } = encodeConversation(request, { toolName: names.toWire, isGemini3, dropped });
  const tools = encodeTools(request, names, dropped);
  const shape = encodeFormat(request, tools.tools !== undefined && !isGemini3);
  const prompt = shape.instruction === undefined ? system : [...system, shape.instruction];
  const generationConfig = {
    ...encodeSampling(request, traits, dropped),
    ...shape.members,
    thinkingConfig: encodeReasoning(request, traits, dropped),
  };
  const body: JsonObject = {
    systemInstruction: prompt.length > 0 ? { parts: prompt.map((text) => ({ text })) } : undefined,
    contents: contents.map(({ role, parts }) => ({ role, parts })),
    tools: tools.tools,
    toolConfig: tools.toolConfig,
    generationConfig: Object.values(generationConfig).some((value) => value !== undefined)
      ? generationConfig
      : undefined,
  };
  return {
    body: JSON.stringify(body),
    dropped: [...dropped],
    isVerbatim: false,
    ...(names.changed === undefined ? undefined : { decoding: { toolNames: names.changed } }),
  };
}

function encodeReasoning(
  request: ChatRequest,
  traits: TargetTraits,
  dropped: Set<string>,
): JsonObject | undefined {
  const param = nameAsSent(request, 'reasoning_effort', 'reasoning', 'thinking');
  const { thinkingConfig, left } = mapReasoning(request.reasoning, traits, param);
  if (left) dropped.add(param);
  return thinkingConfig;
}

function encodeSampling(request: ChatRequest, traits: TargetTraits, dropped: Set<string>): JsonObject {
  const { sampling } = request;
  const stop = sampling.stop?.filter((sequence) => sequence !== '');
  const members: JsonObject = {
    maxOutputTokens: sampling.maxTokens,
    temperature: sampling.temperature,
    topP: sampling.topP,
    topK: sampling.topK,
    stopSequences: stop !== undefined && stop.length > 0 ? stop : undefined,
    seed: sampling.seed,
    presencePenalty: sampling.presencePenalty,
    frequencyPenalty: sampling.frequencyPenalty,
    candidateCount: sampling.n !== undefined && sampling.n > 1 ? sampling.n : undefined,
    ...encodeLogprobs(sampling, request.stream, dropped),
  };
  for (const name of traits.unsupported ?? []) {
    if (members[name] === undefined) continue;
    members[name] = undefined;
    dropped.add(CALLERS_NAMES[name] ?? name);
  }
  return members;
}

/** Streams cannot have them: "LogProbs is not supported in streaming mode". */
function encodeLogprobs(sampling: SamplingSettings, stream: boolean, dropped: Set<string>): JsonObject {
  if (sampling.logprobs !== true) return {};
  if (!stream) return { responseLogprobs: true, logprobs: sampling.topLogprobs };
  dropped.add('logprobs');
  return {};
}

interface EncodedFormat {
  readonly members?: JsonObject;
  /** What the model is told instead, where it cannot be held to the format. */
  readonly instruction?: string;
}

function encodeFormat({ responseFormat: format }: ChatRequest, onlyTold: boolean): EncodedFormat {
  if (format === undefined || format.type === 'text') return {};
  if (onlyTold) return { instruction: describeFormat(format) };
  const responseJsonSchema = format.type === 'json-schema' ? toResponseSchema(format.schema) : undefined;
  return { members: { responseMimeType: 'application/json', responseJsonSchema } };
}
