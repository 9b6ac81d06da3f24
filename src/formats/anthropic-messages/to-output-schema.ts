import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';

/** Members that the vendor enforces, or that say nothing about the shape. */
const KEPT = new Set(['title', 'description', 'enum', 'const', 'default', 'type', '$ref', 'required']);
const FORMATS = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/**
 * A JSON Schema in the subset that Anthropic enforces, narrowed so that what fits it fits the original too: objects are
 * closed, and limits that are not enforced (`minimum`, `maxLength`, ...) become part of the description, as Anthropic's
 * own SDK does it. `undefined` where the subset cannot hold the schema: objects with free keys, schemas without a type.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function toOutputSchema(schema: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(schema)) return undefined;
  const result: JsonObject = {};
  const unenforced: string[] = [];
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined || name === '$schema' || name === '$id' || name === 'strict') continue;
    if (name === '$defs' || name === 'definitions' || name === 'properties') {
      const members = convertMembers(value);
      if (members === undefined) return undefined;
      result[name] = members;
    } else if (name === 'items') {
      const items = toOutputSchema(value);
      if (items === undefined) return undefined;
      result[name] = items;
    } else if (name === 'anyOf' || name === 'oneOf' || name === 'allOf') {
      const variants = convertVariants(value);
      if (variants === undefined) return undefined;
      result[name === 'oneOf' ? 'anyOf' : name] = variants;
    } else if (name === 'additionalProperties') {
      if (value !== false) return undefined;
    } else if (KEPT.has(name) || isEnforcedLimit(name, value)) {
      result[name] = value;
    } else {
      unenforced.push(`${name}: ${JSON.stringify(value)}`);
    }
  }
  if (isObjectType(result['type'])) {
    if (result['properties'] === undefined) return undefined;
    result['additionalProperties'] = false;
  } else if (!saysShape(result)) {
    return undefined;
  }
  if (unenforced.length > 0) {
    const own = typeof result['description'] === 'string' ? `${result['description']}\n\n` : '';
    result['description'] = `${own}{${unenforced.join(', ')}}`;
  }
  return result;
}

function convertMembers(value: JsonValue): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const result: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    const converted = toOutputSchema(member);
    if (converted === undefined) return undefined;
    result[name] = converted;
  }
  return result;
}

function convertVariants(value: JsonValue): JsonObject[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const converted = value.map(toOutputSchema);
  return converted.every((variant) => variant !== undefined) ? converted : undefined;
}

function isEnforcedLimit(name: string, value: JsonValue): boolean {
  if (name === 'minItems') return value === 0 || value === 1;
  return name === 'format' && typeof value === 'string' && FORMATS.has(value);
}

function isObjectType(type: JsonValue | undefined): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object'));
}

function saysShape(schema: JsonObject): boolean {
  return ['type', 'anyOf', 'allOf', 'enum', 'const', '$ref'].some((name) => schema[name] !== undefined);
}
