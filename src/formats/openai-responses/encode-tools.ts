import type { ChatRequest, ResponseFormat, ToolDefinition } from '../../contract/chat-request.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { readObject } from '../json/read-json.js';
import { collectTools, type EncodedTools } from '../openai-chat/collect-tools.js';
import { MAX_TOOL_NAME } from '../openai-chat/limits.js';
import { toToolName } from '../tools/map-tool-names.js';

/**
 * Writes the tools of a request. Tools that only another format's vendors run are left out and reported.
 * @throws GatewayError `unsupported_parameter` where such a tool must be used
 */
export function encodeTools(request: ChatRequest, dropped: Set<string>): EncodedTools {
  return collectTools(request, encodeTool, encodeToolChoice, dropped);
}

function encodeTool(tool: ToolDefinition): JsonObject | undefined {
  if (tool.native !== undefined) {
    const { format, value } = tool.native;
    if (format === 'openai-responses') return value;
    const custom = format === 'openai-chat' ? readObject(value['custom']) : undefined;
    return custom === undefined ? undefined : encodeCustom(custom);
  }
  return {
    type: 'function',
    name: toToolName(tool.name, MAX_TOOL_NAME),
    ...(tool.description === undefined ? undefined : { description: tool.description }),
    parameters: tool.parameters ?? { type: 'object', properties: {} },
    // Strict is the default in this format and in no other.
    strict: tool.strict ?? false,
  };
}

/** OpenAI's chat format nests what stands flat here. */
function encodeCustom(custom: JsonObject): JsonObject {
  const format = readObject(custom['format']);
  const grammar = readObject(format?.['grammar']);
  return {
    type: 'custom',
    ...custom,
    format: grammar === undefined ? format : { type: 'grammar', ...grammar },
  };
}

function encodeToolChoice(
  choice: NonNullable<ChatRequest['toolChoice']>,
  tools: readonly ToolDefinition[],
): JsonValue {
  if (choice.type !== 'tool') return choice.type;
  const native = tools.find((tool) => tool.name === choice.name)?.native?.value;
  if (native?.['type'] === 'custom') return { type: 'custom', name: choice.name };
  if (typeof native?.['type'] === 'string') return { type: native['type'] };
  return { type: 'function', name: toToolName(choice.name, MAX_TOOL_NAME) };
}

/** Writes `text.format`. */
export function encodeTextFormat(format: ResponseFormat): JsonObject {
  switch (format.type) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema':
      return {
        type: 'json_schema',
        name: format.name ?? 'answer',
        ...(format.description === undefined ? undefined : { description: format.description }),
        schema: format.schema,
        ...(format.strict === undefined ? undefined : { strict: format.strict }),
      };
  }
}
