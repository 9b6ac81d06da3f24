import type { ResponseFormat, ToolChoice, ToolDefinition } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readObject, readString } from '../json/read-json.js';
import type { RequestReader } from '../openai-chat/request-reader.js';

/** Reads `tools`. A tool that is no function keeps its own words in `native`. */
export function decodeTools(reader: RequestReader): readonly ToolDefinition[] | undefined {
  const list = reader.array('tools');
  if (list === undefined) return undefined;
  const tools: ToolDefinition[] = [];
  for (const [index, item] of list.entries()) {
    const path = `tools[${String(index)}]`;
    if (!isJsonObject(item)) reader.fault(path, `must be an object, found ${describeJson(item)}`);
    else if (item['type'] === 'function') tools.push(decodeFunction(item, path, reader));
    else if (typeof item['type'] === 'string') {
      const name = readString(item['name']) || readString(item['server_label']) || item['type'];
      tools.push({ name, native: { format: 'openai-responses', value: item } });
    } else {
      reader.fault(`${path}.type`, `must be a string, found ${describeJson(item['type'])}`);
    }
  }
  return tools;
}

function decodeFunction(item: JsonObject, path: string, reader: RequestReader): ToolDefinition {
  const { name, description, parameters, strict } = item;
  if (typeof name !== 'string' || name === '') {
    const hint = isJsonObject(item['function'])
      ? '; a nested function object is the shape of /v1/chat/completions'
      : '';
    reader.fault(`${path}.name`, `must be a non-empty string, found ${describeJson(name)}${hint}`);
  }
  if (parameters !== undefined && parameters !== null && !isJsonObject(parameters))
    reader.fault(`${path}.parameters`, `must be a JSON Schema object, found ${describeJson(parameters)}`);
  return {
    name: readString(name),
    ...(typeof description === 'string' ? { description } : undefined),
    ...(isJsonObject(parameters) ? { parameters } : undefined),
    ...(typeof strict === 'boolean' ? { strict } : undefined),
  };
}

/** Reads `tool_choice`. A built-in tool is named by its type. */
export function decodeToolChoice(reader: RequestReader): ToolChoice | undefined {
  const value = reader.value('tool_choice');
  if (value === undefined) return undefined;
  if (value === 'auto' || value === 'none' || value === 'required') return { type: value };
  if (isJsonObject(value)) {
    if (value['type'] === 'allowed_tools')
      return { type: value['mode'] === 'required' ? 'required' : 'auto' };
    const name = readString(value['name']) || readString(value['server_label']);
    if (name !== '') return { type: 'tool', name };
    const { type } = value;
    if (typeof type === 'string' && type !== 'function' && type !== 'custom')
      return { type: 'tool', name: type };
  }
  reader.fault(
    'tool_choice',
    `must be "auto", "none", "required" or an object that names a tool, found ${describeWord(value)}`,
  );
  return undefined;
}

/** Reads `text.format`. */
export function decodeTextFormat(
  text: JsonObject | undefined,
  reader: RequestReader,
): ResponseFormat | undefined {
  const value = text?.['format'];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) {
    reader.fault('text.format', `must be an object, found ${describeJson(value)}`);
    return undefined;
  }
  switch (value['type']) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const schema = readObject(value['schema']);
      if (schema === undefined) {
        const hint = isJsonObject(value['json_schema'])
          ? '; a nested json_schema object is the shape of /v1/chat/completions'
          : '';
        reader.fault(
          'text.format.schema',
          `must be a JSON Schema object, found ${describeJson(value['schema'])}${hint}`,
        );
        return undefined;
      }
      const { name, description, strict } = value;
      return {
        type: 'json-schema',
        schema,
        ...(typeof name === 'string' ? { name } : undefined),
        ...(typeof description === 'string' ? { description } : undefined),
        ...(typeof strict === 'boolean' ? { strict } : undefined),
      };
    }
    default:
      reader.fault(
        'text.format.type',
        `must be "text", "json_object" or "json_schema", found ${describeWord(value['type'])}`,
      );
      return undefined;
  }
}

function describeWord(value: JsonValue | undefined): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : describeJson(value);
}
