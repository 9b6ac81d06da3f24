import { isJsonObject, type JsonValue } from './json.js';

/** Headers in which vendors name a request, what their support asks for first; a proxy's own last. */
const HEADERS = [
  'x-request-id',
  'request-id',
  'apim-request-id',
  'x-ms-request-id',
  'x-amzn-requestid',
  'x-goog-request-id',
  'x-ds-trace-id',
  'mistral-correlation-id',
  'x-generation-id',
  'cf-ray',
] as const;
const LONGEST_ID = 128;

/** Lower-case names. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** The name that a vendor gave to a call, for its support; `undefined` where it gave none. Visible ASCII. */
export function readRequestId(headers: ResponseHeaders, json?: JsonValue): string | undefined {
  const told = isJsonObject(json) ? (json['request_id'] ?? json['requestId']) : '';
  const found = HEADERS.map((name) => headers[name]).find((value) => value !== undefined && value !== '');
  const id = (found ?? (typeof told === 'string' ? told : ''))
    .replace(/[^\x21-\x7e]/g, '')
    .slice(0, LONGEST_ID);
  return id === '' ? undefined : id;
}
