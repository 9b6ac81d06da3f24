import type { EmbeddingsRequest } from '../../contract/embeddings.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { toNumber } from '../json/parse-json.js';
import { describeJson } from '../json/read-json.js';
import { findInputFault } from './find-input-fault.js';

const KNOWN = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user', 'provider']);

interface Fault {
  readonly param: string;
  readonly detail: string;
}

/**
 * Reads a body of `/v1/embeddings`: https://platform.openai.com/docs/api-reference/embeddings/create
 * @throws GatewayError `invalid_request` with every fault in `details`
 */
export function decodeEmbeddingsRequest(body: EmbeddingsRequest['original']): EmbeddingsRequest {
  const { json } = body;
  const faults: Fault[] = [];
  const model = readText(json, 'model', faults);
  const provider = readText(json, 'provider', faults);
  const user = readText(json, 'user', faults);
  const dimensions = readDimensions(json, faults);
  const encodingFormat = readEncodingFormat(json, faults);
  const input = json['input'];
  const inputFault = findInputFault(input);
  if (inputFault !== undefined) faults.push(inputFault);
  const [first] = faults;
  if (first !== undefined || input === undefined) {
    const details = faults.map((fault) => fault.detail);
    throw new GatewayError('invalid_request', details.join('; '), { param: first?.param, details });
  }
  const extensions = readExtensions(json);
  return {
    original: body,
    model: model === '' ? undefined : model,
    provider: provider === '' ? undefined : provider,
    input,
    dimensions,
    encodingFormat,
    user,
    extensions,
  };
}

function readText(json: JsonObject, name: string, faults: Fault[]): string | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  faults.push({ param: name, detail: `${name} must be a string, found ${describeJson(value)}` });
  return undefined;
}

function readDimensions(json: JsonObject, faults: Fault[]): number | undefined {
  const value = json['dimensions'];
  if (value === undefined || value === null) return undefined;
  const number = toNumber(value);
  if (number !== undefined && Number.isSafeInteger(number) && number > 0) return number;
  const found = number === undefined ? describeJson(value) : String(number);
  faults.push({ param: 'dimensions', detail: `dimensions must be a whole number above 0, found ${found}` });
  return undefined;
}

function readEncodingFormat(json: JsonObject, faults: Fault[]): 'float' | 'base64' | undefined {
  const value = json['encoding_format'];
  if (value === undefined || value === null) return undefined;
  if (value === 'float' || value === 'base64') return value;
  const found = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : describeJson(value);
  faults.push({
    param: 'encoding_format',
    detail: `encoding_format must be "float" or "base64", found ${found}`,
  });
  return undefined;
}

function readExtensions(json: JsonObject): Readonly<Record<string, JsonValue>> | undefined {
  const rest = Object.entries(json).filter(
    (member): member is [string, JsonValue] =>
      !KNOWN.has(member[0]) && member[1] !== undefined && member[1] !== null,
  );
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}
