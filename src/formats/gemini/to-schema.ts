import type { ResponseFormat } from '../../contract/chat-request.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';

/**
 * A JSON Schema for `parametersJsonSchema`, which takes JSON Schema as it is, `$defs` and `$ref` included. An object at
 * the top is demanded. Absent where the function takes nothing: Gemini refuses an object without properties.
 * https://ai.google.dev/api/caching#FunctionDeclaration
 */
export function toParametersSchema(parameters: JsonObject | undefined): JsonObject | undefined {
  if (parameters === undefined) return undefined;
  const { $schema: _dialect, ...schema } = parameters;
  if (Object.entries(schema).every(saysNothing)) return undefined;
  return schema['type'] === undefined && schema['$ref'] === undefined
    ? { type: 'object', ...schema }
    : schema;
}

/** Whether a member leaves it at "an object without arguments". */
function saysNothing([name, value]: [string, JsonValue | undefined]): boolean {
  switch (name) {
    case 'type':
      return value === 'object';
    case 'properties':
    case 'required':
      return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
    case 'additionalProperties':
      return typeof value === 'boolean';
    default:
      return name === 'title' || name === 'description';
  }
}

/** A JSON Schema for `responseJsonSchema`. */
export function toResponseSchema({ $schema: _dialect, ...schema }: JsonObject): JsonObject | undefined {
  return Object.keys(schema).length === 0 ? undefined : schema;
}

/** Words that ask for an answer in JSON, for models that refuse to be held to it while they have tools. */
export function describeFormat(format: Exclude<ResponseFormat, { type: 'text' }>): string {
  if (!('schema' in format)) return 'Write the final answer as one JSON object and nothing else.';
  return `Write the final answer as JSON and nothing else. It must fit this JSON Schema: ${JSON.stringify(format.schema)}`;
}
