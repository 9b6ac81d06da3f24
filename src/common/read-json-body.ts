import { GatewayError } from '../contract/gateway-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.js';
import { parseJson } from '../formats/json/parse-json.js';

/**
 * Parses the text of a body.
 * @throws GatewayError `invalid_json`, `invalid_request` when it is not an object
 */
export function readJsonBody(text: string): JsonObject {
  if (text === '') {
    throw new GatewayError('invalid_json', 'The body is empty; a JSON object was expected');
  }
  let json: JsonValue;
  try {
    json = parseJson(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be parsed';
    throw new GatewayError('invalid_json', `The body is not valid JSON: ${withoutSource(reason)}`);
  }
  if (!isJsonObject(json)) {
    const found = Array.isArray(json) ? 'an array' : json === null ? 'null' : `a ${typeof json}`;
    throw new GatewayError('invalid_request', `The body must be a JSON object, found ${found}`);
  }
  return json;
}

/** V8 quotes the source in its message; a prompt has no place in an error. */
function withoutSource(reason: string): string {
  const position = /at position \d+(?: \(line \d+ column \d+\))?/.exec(reason)?.[0];
  return position === undefined ? 'it ends too early or is malformed' : `unexpected text ${position}`;
}
