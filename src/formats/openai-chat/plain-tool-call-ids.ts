import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readString } from '../json/read-json.js';
import { readSignedToolCallId } from '../tools/signed-tool-call-id.js';

/**
 * A message with the ids of tool calls as their vendor gave them. Calls of Gemini carry their signature in the id, which
 * makes it longer than other vendors take. The message itself where it holds no such id.
 */
export function withPlainToolCallIds(message: JsonObject): JsonObject {
  const calls = readArray(message['tool_calls']);
  const plainCalls = calls.map(withPlainId);
  const callsChanged = plainCalls.some((call, index) => call !== calls[index]);
  const answered = readString(message['tool_call_id']);
  const plain = readSignedToolCallId(answered).id;
  if (!callsChanged && plain === answered) return message;
  return {
    ...message,
    ...(callsChanged ? { tool_calls: plainCalls } : undefined),
    ...(plain === answered ? undefined : { tool_call_id: plain }),
  };
}

function withPlainId(call: JsonValue): JsonValue {
  if (!isJsonObject(call)) return call;
  const id = readString(call['id']);
  const plain = readSignedToolCallId(id).id;
  return plain === id ? call : { ...call, id: plain };
}
