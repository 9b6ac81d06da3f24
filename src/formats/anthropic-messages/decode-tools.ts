import type { ToolChoice, ToolDefinition } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { readObject, readString } from '../json/read-json.js';
import type { RequestFaults } from './request-faults.js';

/** Reads `tools`. Those with a type of their own (`web_search_20250305`, `bash_20250124`) stay in Anthropic's words. */
export function decodeTools(json: JsonObject, faults: RequestFaults): ToolDefinition[] | undefined {
  const tools = json['tools'];
  if (tools === undefined || tools === null) return undefined;
  if (!Array.isArray(tools)) {
    faults.expect('tools', 'an array', tools);
    return undefined;
  }
  const definitions: ToolDefinition[] = [];
  for (const [index, tool] of tools.entries()) {
    const path = `tools[${String(index)}]`;
    if (isJsonObject(tool)) definitions.push(decodeTool(tool, path, faults));
    else faults.expect(path, 'an object', tool);
  }
  return definitions;
}

function decodeTool(tool: JsonObject, path: string, faults: RequestFaults): ToolDefinition {
  const type = faults.readString(tool, 'type', `${path}.type`);
  if (type !== undefined && type !== 'custom') {
    return { name: readString(tool['name']) || type, native: { format: 'anthropic-messages', value: tool } };
  }
  const schema = tool['input_schema'];
  if (!isJsonObject(schema)) faults.expect(`${path}.input_schema`, 'an object', schema);
  return {
    name: faults.requireString(tool, 'name', `${path}.name`),
    description: faults.readString(tool, 'description', `${path}.description`),
    parameters: readObject(schema),
    strict: faults.readBoolean(tool, 'strict', `${path}.strict`),
    cacheControl: readObject(tool['cache_control']),
  };
}

export interface DecodedChoice {
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
}

export function decodeToolChoice(json: JsonObject, faults: RequestFaults): DecodedChoice {
  const choice = json['tool_choice'];
  if (choice === undefined || choice === null) return {};
  if (!isJsonObject(choice)) {
    faults.expect('tool_choice', 'an object', choice);
    return {};
  }
  const single = faults.readBoolean(
    choice,
    'disable_parallel_tool_use',
    'tool_choice.disable_parallel_tool_use',
  );
  const parallel = single === undefined ? {} : { parallelToolCalls: !single };
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return { toolChoice: { type: choice['type'] }, ...parallel };
    case 'any':
      return { toolChoice: { type: 'required' }, ...parallel };
    case 'tool':
      return {
        toolChoice: { type: 'tool', name: faults.requireString(choice, 'name', 'tool_choice.name') },
        ...parallel,
      };
    default:
      faults.expect('tool_choice.type', 'auto, any, tool or none', choice['type']);
      return {};
  }
}
