import type { ToolCallPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readObject, readString } from '../json/read-json.js';

/** Tool calls of a whole assistant message: `tool_calls`, or the legacy `function_call` under the id `legacyId`. */
export function decodeToolCalls(message: JsonObject, legacyId: string): ToolCallPart[] {
  const calls: ToolCallPart[] = [];
  for (const call of readArray(message['tool_calls']))
    if (isJsonObject(call)) calls.push(decodeToolCall(call));
  const legacy = readObject(message['function_call']);
  if (legacy !== undefined && calls.length === 0) {
    calls.push({
      type: 'tool-call',
      id: legacyId,
      name: readString(legacy['name']),
      arguments: readArguments(legacy['arguments']),
    });
  }
  return calls;
}

function decodeToolCall(call: JsonObject): ToolCallPart {
  const custom = readObject(call['custom']);
  const about = custom ?? readObject(call['function']) ?? call;
  const cacheControl = readObject(call['cache_control']);
  const signature = readToolSignature(call);
  return {
    type: 'tool-call',
    id: readString(call['id']),
    name: readString(about['name']),
    arguments: readArguments(custom === undefined ? about['arguments'] : custom['input']),
    ...(custom === undefined ? undefined : { custom: true }),
    ...(cacheControl === undefined ? undefined : { cacheControl }),
    ...(signature === undefined ? undefined : { signature }),
  };
}

/** JSON text as the model wrote it. Ollama's native arguments are objects. */
export function readArguments(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** Gemini's thought signature, where its OpenAI-compatible surface puts it. */
export function readToolSignature(call: JsonObject): string | undefined {
  return (
    readString(readObject(readObject(call['extra_content'])?.['google'])?.['thought_signature']) || undefined
  );
}
