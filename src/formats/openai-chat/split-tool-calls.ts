import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readObject } from '../json/read-json.js';

/**
 * Leaves the last tool call of a chunk of one choice in the chunk and returns chunks for the calls before it, in order:
 * clients expect one call per chunk. What else the delta says (text, role) goes into the first of them; finish reason
 * and usage stay in the last.
 */
export function splitToolCalls(json: JsonObject): readonly JsonObject[] {
  const choice = Array.isArray(json['choices']) ? json['choices'][0] : undefined;
  if (!isJsonObject(choice)) return [];
  const delta = readObject(choice['delta']);
  const calls = delta?.['tool_calls'];
  if (delta === undefined || !Array.isArray(calls) || calls.length < 2) return [];
  const parts: JsonObject[] = [];
  for (let position = 0; position < calls.length - 1; position += 1) {
    const call = calls[position] as JsonValue;
    const part: JsonObject = {};
    for (const name of ['id', 'object', 'created', 'model', 'system_fingerprint']) {
      const value = json[name];
      if (value !== undefined) part[name] = value;
    }
    part['choices'] = [
      {
        index: choice['index'] ?? 0,
        delta: position === 0 ? { ...delta, tool_calls: [call] } : { tool_calls: [call] },
        finish_reason: null,
      },
    ];
    parts.push(part);
  }
  choice['delta'] = { tool_calls: calls.slice(-1) };
  return parts;
}
