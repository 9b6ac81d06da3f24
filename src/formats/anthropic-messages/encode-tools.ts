import type { ChatRequest, ToolDefinition } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';
import type { ToolNames } from './map-tool-names.js';
import { toOutputSchema } from './to-output-schema.js';

export interface EncodedTools {
  readonly tools: readonly JsonObject[] | undefined;
  readonly toolChoice: JsonObject | undefined;
  /** `output_config.format` */
  readonly outputFormat: JsonObject | undefined;
  /** Name of the hidden tool that takes the answer, where the target cannot shape its text otherwise. */
  readonly answerTool: string | undefined;
}

/**
 * Writes tools, the choice among them, and how the answer's text is shaped: natively where the target enforces schemas
 * and can hold this one, else through a hidden tool that the model has to call with the answer.
 * @throws GatewayError `unsupported_parameter` naming a tool that is no function
 */
export function encodeTools(
  request: ChatRequest,
  traits: TargetTraits,
  names: ToolNames,
  dropped: Set<string>,
): EncodedTools {
  const tools = (request.tools ?? []).map((tool, index) => encodeTool(tool, index, names, dropped));
  const choice = request.toolChoice;
  const mustCallOther = tools.length > 0 && (choice?.type === 'required' || choice?.type === 'tool');
  const format = request.responseFormat;
  let outputFormat: JsonObject | undefined;
  if (format?.type === 'json-schema' && traits.jsonSchema !== false) {
    const schema = toOutputSchema(format.schema);
    if (schema !== undefined) outputFormat = { type: 'json_schema', schema };
  }
  const hidden = isShaped(format) && outputFormat === undefined && !mustCallOther;
  if (!hidden) {
    return {
      tools: tools.length > 0 ? tools : undefined,
      toolChoice: tools.length > 0 ? encodeChoice(request, names) : undefined,
      outputFormat,
      answerTool: undefined,
    };
  }
  const mayCallOther = tools.length > 0 && choice?.type !== 'none';
  tools.push(describeAnswerTool(format, names.answerTool));
  return {
    tools,
    toolChoice: mayCallOther
      ? { type: 'any', disable_parallel_tool_use: request.parallelToolCalls === false ? true : undefined }
      : { type: 'tool', name: names.answerTool, disable_parallel_tool_use: true },
    outputFormat: undefined,
    answerTool: names.answerTool,
  };
}

type ShapedFormat = Exclude<NonNullable<ChatRequest['responseFormat']>, { readonly type: 'text' }>;

function isShaped(format: ChatRequest['responseFormat']): format is ShapedFormat {
  return format !== undefined && format.type !== 'text';
}

function describeAnswerTool(format: ShapedFormat, name: string): JsonObject {
  const schema = format.type === 'json-schema' ? format.schema : undefined;
  const about = format.type === 'json-schema' ? format.description : undefined;
  const task = 'Gives the final answer to the user. Its arguments are the answer as a JSON object.';
  return {
    name,
    description: about === undefined ? task : `${task} ${about}`,
    input_schema: schema ?? { type: 'object', additionalProperties: true },
  };
}

function encodeTool(tool: ToolDefinition, index: number, names: ToolNames, dropped: Set<string>): JsonObject {
  if (tool.native !== undefined) {
    if (tool.native.format === 'anthropic-messages') return tool.native.value;
    const param = `tools[${String(index)}]`;
    throw new GatewayError(
      'unsupported_parameter',
      `${param} is not a function tool; the target takes only those`,
      {
        param,
      },
    );
  }
  // OpenAI's strict mode and Anthropic's accept different schemas, so the promise cannot be handed on.
  if (tool.strict === true) dropped.add('tools.function.strict');
  return {
    name: names.toWire(tool.name),
    description: tool.description,
    input_schema: toInputSchema(tool.parameters),
    cache_control: tool.cacheControl,
  };
}

/** Anthropic demands `type: object` at the top. */
function toInputSchema(parameters: JsonObject | undefined): JsonObject {
  if (parameters === undefined || Object.keys(parameters).length === 0)
    return { type: 'object', properties: {} };
  return parameters['type'] === undefined ? { type: 'object', ...parameters } : parameters;
}

function encodeChoice(request: ChatRequest, names: ToolNames): JsonObject | undefined {
  const choice = request.toolChoice;
  const single = request.parallelToolCalls === false ? true : undefined;
  switch (choice?.type) {
    case undefined:
      return single === undefined ? undefined : { type: 'auto', disable_parallel_tool_use: single };
    case 'auto':
      return { type: 'auto', disable_parallel_tool_use: single };
    case 'required':
      return { type: 'any', disable_parallel_tool_use: single };
    case 'none':
      return { type: 'none' };
    case 'tool':
      return { type: 'tool', name: names.toWire(choice.name), disable_parallel_tool_use: single };
  }
}
