import type { ChatRequest } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions, TargetTraits } from '../../contract/wire-format.js';
import { checkToolPairs } from '../tools/check-tool-pairs.js';
import { refuseModalities } from '../tools/refuse-modalities.js';
import { encodeConversation } from './encode-conversation.js';
import { encodeTools, type EncodedTools } from './encode-tools.js';
import { forwardRequest } from './forward-request.js';
import { listDropped, nameAsSent } from './list-dropped.js';
import { mapReasoning, type MappedReasoning } from './map-reasoning.js';
import { planToolNames } from './map-tool-names.js';
import { ANTHROPIC_VERSION, beginsWithThinking, type WireTurn } from './wire-types.js';

const DEFAULT_MAX_TOKENS = 4096;

/**
 * Writes the request for a vendor that speaks Anthropic's format. A request that came in this format goes on as it is,
 * apart from the model's name and what is meant for the gateway.
 * @throws GatewayError as `OutboundFormat.encodeRequest`, and `invalid_request` where the conversation itself is at fault
 */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  if (request.original.format === 'anthropic-messages') return forwardRequest(request, options);
  return translateRequest(request, options);
}

function translateRequest(request: ChatRequest, { model, traits }: EncodeOptions): EncodedRequest {
  refuseInexpressible(request);
  refuseUnpairedTools(request);
  const dropped = new Set(listDropped(request));
  const names = planToolNames(request);
  const { system, turns } = encodeConversation(request, { toolName: names.toWire, dropped });
  const tools = encodeTools(request, traits, names, dropped);
  const reasoning = encodeReasoning(request, traits, tools, turns, dropped);
  const format = tools.outputFormat;
  const body: JsonObject = {
    model,
    max_tokens: reasoning.maxTokens,
    system,
    messages: turns.map((turn) => ({ role: turn.role, content: turn.content })),
    tools: tools.tools === undefined ? undefined : [...tools.tools],
    tool_choice: tools.toolChoice,
    thinking: reasoning.thinking,
    output_config:
      reasoning.effort === undefined && format === undefined
        ? undefined
        : { effort: reasoning.effort, format },
    ...encodeSampling(request, reasoning.thinking, dropped),
    service_tier: encodeServiceTier(request.serviceTier, dropped),
    metadata: request.user === undefined ? undefined : { user_id: request.user },
    stream: request.stream ? true : undefined,
  };
  removeUnsupported(body, traits, request, dropped);
  const restore = names.changed.size > 0;
  return {
    body: JSON.stringify(body),
    dropped: [...dropped],
    isVerbatim: false,
    headers: { 'anthropic-version': ANTHROPIC_VERSION },
    ...(restore || tools.answerTool !== undefined
      ? { decoding: { toolNames: restore ? names.changed : undefined, answerTool: tools.answerTool } }
      : {}),
  };
}

function refuseInexpressible(request: ChatRequest): void {
  refuseModalities(request);
  const { n, temperature } = request.sampling;
  if (n !== undefined && n > 1) {
    throw new GatewayError('unsupported_parameter', 'n must be 1: the target gives one answer to a request', {
      param: 'n',
    });
  }
  if (temperature !== undefined && temperature > 1) {
    throw new GatewayError(
      'unsupported_parameter',
      `temperature must be between 0 and 1 for this target, found ${String(temperature)}`,
      { param: 'temperature' },
    );
  }
}

function refuseUnpairedTools(request: ChatRequest): void {
  const faults = checkToolPairs(request);
  if (faults.length === 0) return;
  throw new GatewayError('invalid_request', faults.join('; '), { param: 'messages', details: faults });
}

/** Thinking is left out where Anthropic would refuse it: beside a forced tool, and in a tool loop that began without. */
function encodeReasoning(
  request: ChatRequest,
  traits: TargetTraits,
  tools: EncodedTools,
  turns: readonly WireTurn[],
  dropped: Set<string>,
): MappedReasoning {
  const param = nameAsSent(request, 'reasoning_effort', 'reasoning', 'thinking');
  const limits = {
    maxTokens: request.sampling.maxTokens,
    defaultMaxTokens: traits.defaultMaxTokens ?? DEFAULT_MAX_TOKENS,
  };
  const mapped = mapReasoning(request.reasoning, { traits, param, ...limits });
  const kind = mapped.thinking?.['type'];
  const forced = tools.toolChoice?.['type'] === 'any' || tools.toolChoice?.['type'] === 'tool';
  const refused = (forced && kind !== 'disabled') || (kind === 'enabled' && isUnthoughtToolLoop(turns));
  if (mapped.left || (kind !== undefined && refused)) dropped.add(param);
  if (kind === undefined || !refused) return mapped;
  return { maxTokens: limits.maxTokens ?? limits.defaultMaxTokens, effort: mapped.effort, left: true };
}

function isUnthoughtToolLoop(turns: readonly WireTurn[]): boolean {
  const asking = turns.at(-2);
  return turns.at(-1)?.content[0]?.['type'] === 'tool_result' && !beginsWithThinking(asking?.content ?? []);
}

function encodeSampling(
  request: ChatRequest,
  thinking: JsonObject | undefined,
  dropped: Set<string>,
): JsonObject {
  const { stop, temperature, topP, topK } = request.sampling;
  const thinks = thinking !== undefined && thinking['type'] !== 'disabled';
  // https://platform.claude.com/docs/en/build-with-claude/extended-thinking: no temperature, no top_k, top_p from 0.95
  const keepTopP = topP === undefined || !thinks || topP >= 0.95;
  if (thinks && temperature !== undefined && temperature !== 1) dropped.add('temperature');
  if (thinks && topK !== undefined) dropped.add('top_k');
  if (!keepTopP) dropped.add('top_p');
  const stops = stop?.filter((sequence) => sequence.trim() !== '');
  if (stops !== undefined && stops.length < (stop?.length ?? 0)) dropped.add('stop');
  return {
    temperature: thinks ? undefined : temperature,
    top_p: keepTopP ? topP : undefined,
    top_k: thinks ? undefined : topK,
    stop_sequences: stops !== undefined && stops.length > 0 ? stops : undefined,
  };
}

function encodeServiceTier(tier: string | undefined, dropped: Set<string>): string | undefined {
  switch (tier) {
    case undefined:
      return undefined;
    case 'auto':
    case 'priority':
      return 'auto';
    case 'default':
    case 'standard_only':
      return 'standard_only';
    default:
      dropped.add('service_tier');
      return undefined;
  }
}

/** What a member of Anthropic's request is called by callers of other formats. */
const CALLERS_NAMES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  stop_sequences: ['stop'],
  metadata: ['user'],
  thinking: ['reasoning_effort', 'reasoning'],
  output_config: ['response_format', 'text', 'reasoning_effort', 'reasoning'],
};

function removeUnsupported(
  body: JsonObject,
  traits: TargetTraits,
  request: ChatRequest,
  dropped: Set<string>,
): void {
  for (const member of traits.unsupported ?? []) {
    if (body[member] === undefined) continue;
    body[member] = undefined;
    dropped.add(nameAsSent(request, ...(CALLERS_NAMES[member] ?? [member])));
  }
}
