import type { ChatRequest, ResponseFormat, ToolDefinition } from '../../contract/chat-request.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';
import { collectTools, type EncodedTools } from './collect-tools.js';
import { readObject } from '../json/read-json.js';
import { toToolName } from '../tools/map-tool-names.js';
import { MAX_TOOL_NAME } from './limits.js';

/**
 * Writes the tools of a request. Tools that only another format's vendors run are left out and reported.
 * @throws GatewayError `unsupported_parameter` where such a tool must be used
 */
export function encodeTools(
  request: ChatRequest,
  { customTools = false }: TargetTraits,
  dropped: Set<string>,
): EncodedTools {
  const encode = (tool: ToolDefinition): JsonObject | undefined =>
    tool.native === undefined ? encodeFunction(tool) : encodeNative(tool.native, customTools);
  return collectTools(request, encode, encodeToolChoice, dropped);
}

function encodeFunction(tool: ToolDefinition): JsonObject {
  return {
    type: 'function',
    function: {
      name: toToolName(tool.name, MAX_TOOL_NAME),
      ...(tool.description === undefined ? undefined : { description: tool.description }),
      parameters: tool.parameters ?? { type: 'object', properties: {} },
      ...(tool.strict === undefined ? undefined : { strict: tool.strict }),
    },
  };
}

/** A tool in its own words: this format's, or a custom tool of Responses, which is flat where this format nests. */
function encodeNative(
  { format, value }: NonNullable<ToolDefinition['native']>,
  customTools: boolean,
): JsonObject | undefined {
  if (format === 'openai-chat') return value;
  if (format !== 'openai-responses' || value['type'] !== 'custom' || !customTools) return undefined;
  const { type: _type, format: input, ...custom } = value;
  const shape = readObject(input);
  if (shape === undefined) return { type: 'custom', custom };
  const { type, ...grammar } = shape;
  return { type: 'custom', custom: { ...custom, format: type === 'grammar' ? { type, grammar } : shape } };
}

function encodeToolChoice(
  choice: NonNullable<ChatRequest['toolChoice']>,
  tools: readonly ToolDefinition[],
): JsonValue {
  if (choice.type !== 'tool') return choice.type;
  const native = tools.find((tool) => tool.name === choice.name)?.native?.value;
  if (native?.['type'] === 'custom') return { type: 'custom', custom: { name: choice.name } };
  if (typeof native?.['type'] === 'string') return { type: native['type'] };
  return { type: 'function', function: { name: toToolName(choice.name, MAX_TOOL_NAME) } };
}

/** Writes `response_format`. */
export function encodeResponseFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema':
      return {
        type: 'json_schema',
        json_schema: {
          name: format.name ?? 'answer',
          ...(format.description === undefined ? undefined : { description: format.description }),
          schema: format.schema,
          ...(format.strict === undefined ? undefined : { strict: format.strict }),
        },
      };
  }
}

/** What a vendor without JSON Schema is told beside its JSON mode. */
export function describeSchema(format: Extract<ResponseFormat, { type: 'json-schema' }>): string {
  return `Answer with one JSON object and nothing else. It must match this JSON Schema:\n${JSON.stringify(format.schema)}`;
}
