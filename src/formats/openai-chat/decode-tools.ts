import type { ResponseFormat, ToolChoice, ToolDefinition } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { describeJson, readObject, readString } from '../json/read-json.js';
import type { RequestReader } from './request-reader.js';

/** Reads `tools`, or the legacy `functions`. A tool that is no function keeps its own words in `native`. */
export function decodeTools(reader: RequestReader): readonly ToolDefinition[] | undefined {
  const list = reader.array('tools');
  const functions = reader.array('functions');
  if (list === undefined && functions === undefined) return undefined;
  const tools: ToolDefinition[] = [];
  for (const [index, item] of (list ?? []).entries()) {
    const path = `tools[${String(index)}]`;
    if (!isJsonObject(item)) {
      reader.fault(path, `must be an object, found ${describeJson(item)}`);
      continue;
    }
    const definition = readObject(item['function']);
    if (definition !== undefined) tools.push(decodeFunction(definition, item, `${path}.function`, reader));
    else if (item['type'] === 'function' || typeof item['type'] !== 'string') {
      reader.fault(`${path}.function`, `must be an object, found ${describeJson(item['function'])}`);
    } else {
      const name =
        readString(readObject(item['custom'])?.['name']) || readString(item['name']) || item['type'];
      tools.push({ name, native: { format: 'openai-chat', value: item } });
    }
  }
  for (const [index, item] of (functions ?? []).entries()) {
    const path = `functions[${String(index)}]`;
    if (isJsonObject(item)) tools.push(decodeFunction(item, item, path, reader));
    else reader.fault(path, `must be an object, found ${describeJson(item)}`);
  }
  return tools;
}

function decodeFunction(
  definition: JsonObject,
  tool: JsonObject,
  path: string,
  reader: RequestReader,
): ToolDefinition {
  const { name, description, parameters, strict } = definition;
  if (typeof name !== 'string' || name === '') {
    reader.fault(`${path}.name`, `must be a non-empty string, found ${describeJson(name)}`);
  }
  if (parameters !== undefined && parameters !== null && !isJsonObject(parameters)) {
    reader.fault(`${path}.parameters`, `must be a JSON Schema object, found ${describeJson(parameters)}`);
  }
  const cacheControl = readObject(tool['cache_control']) ?? readObject(definition['cache_control']);
  return {
    name: readString(name),
    ...(typeof description === 'string' ? { description } : undefined),
    ...(isJsonObject(parameters) ? { parameters } : undefined),
    ...(typeof strict === 'boolean' ? { strict } : undefined),
    ...(cacheControl === undefined ? undefined : { cacheControl }),
  };
}

/** Reads `tool_choice`, or the legacy `function_call`. */
export function decodeToolChoice(reader: RequestReader): ToolChoice | undefined {
  const choice = reader.value('tool_choice');
  const legacy = reader.value('function_call');
  const value = choice ?? legacy;
  const member = choice === undefined ? 'function_call' : 'tool_choice';
  if (value === undefined) return undefined;
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value };
  // Mistral's word.
  if (value === 'any') return { type: 'required' };
  if (isJsonObject(value)) {
    if (value['type'] === 'allowed_tools') {
      const mode = readObject(value['allowed_tools'])?.['mode'];
      return { type: mode === 'required' ? 'required' : 'auto' };
    }
    const named = readObject(value['function']) ?? readObject(value['custom']) ?? value;
    const name = readString(named['name']);
    if (name !== '') return { type: 'tool', name };
    if (value['type'] === 'auto' || value['type'] === 'none' || value['type'] === 'required')
      return { type: value['type'] };
    // A vendor's own kind of tool is named by its type.
    if (typeof value['type'] === 'string' && value['type'] !== 'function')
      return { type: 'tool', name: value['type'] };
  }
  const found = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : describeJson(value);
  reader.fault(
    member,
    `must be "auto", "none", "required" or an object that names a function, found ${found}`,
  );
  return undefined;
}

/** Reads `response_format`. */
export function decodeResponseFormat(reader: RequestReader): ResponseFormat | undefined {
  const value = reader.object('response_format');
  if (value === undefined) return undefined;
  switch (value['type']) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const about = readObject(value['json_schema']);
      if (about === undefined) {
        reader.fault(
          'response_format.json_schema',
          `must be an object, found ${describeJson(value['json_schema'])}`,
        );
        return undefined;
      }
      const { name, description, strict } = about;
      return {
        type: 'json-schema',
        schema: readObject(about['schema']) ?? {},
        ...(typeof name === 'string' ? { name } : undefined),
        ...(typeof description === 'string' ? { description } : undefined),
        ...(typeof strict === 'boolean' ? { strict } : undefined),
      };
    }
    default:
      reader.fault(
        'response_format.type',
        `must be "text", "json_object" or "json_schema", found ${typeof value['type'] === 'string' ? JSON.stringify(value['type'].slice(0, 40)) : describeJson(value['type'])}`,
      );
      return undefined;
  }
}
