import type { ChatRequest, ToolDefinition } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import { toParametersSchema } from './to-schema.js';
import type { ToolNames } from './map-tool-names.js';

export interface EncodedTools {
  readonly tools: JsonObject[] | undefined;
  readonly toolConfig: JsonObject | undefined;
}

/** @throws GatewayError `unsupported_parameter` naming a tool that is no function */
export function encodeTools(request: ChatRequest, names: ToolNames, dropped: Set<string>): EncodedTools {
  const tools = request.tools ?? [];
  if (tools.length === 0) return { tools: undefined, toolConfig: undefined };
  const functionDeclarations = tools.map((tool, index) => encodeTool(tool, index, names, dropped));
  if (request.parallelToolCalls === false) dropped.add('parallel_tool_calls');
  return { tools: [{ functionDeclarations }], toolConfig: encodeChoice(request, names) };
}

function encodeTool(tool: ToolDefinition, index: number, names: ToolNames, dropped: Set<string>): JsonObject {
  if (tool.native !== undefined) {
    const param = `tools[${String(index)}]`;
    throw new GatewayError(
      'unsupported_parameter',
      `${param} is not a function tool; the target takes only those`,
      { param },
    );
  }
  if (tool.strict === true) dropped.add('tools.function.strict');
  return {
    name: names.toWire(tool.name),
    // Gemini demands one.
    description: tool.description ?? tool.name,
    parametersJsonSchema: toParametersSchema(tool.parameters),
  };
}

function encodeChoice({ toolChoice }: ChatRequest, names: ToolNames): JsonObject | undefined {
  switch (toolChoice?.type) {
    case undefined:
      return undefined;
    case 'auto':
      return { functionCallingConfig: { mode: 'AUTO' } };
    case 'required':
      return { functionCallingConfig: { mode: 'ANY' } };
    case 'none':
      return { functionCallingConfig: { mode: 'NONE' } };
    case 'tool':
      return {
        functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [names.toWire(toolChoice.name)] },
      };
  }
}
