import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';
import { readArray, readNumber, readObject, readString } from '../json/read-json.js';
import { toPlainText } from './to-plain-text.js';

/** What a vendor's error says, whatever shape it came in. Strings are empty where it says nothing. */
export interface ErrorText {
  readonly message: string;
  readonly code: string;
  readonly type: string;
  readonly param?: string | undefined;
  /** Google's `ErrorInfo.reason`. */
  readonly reason?: string | undefined;
  /** An HTTP status that the body carries: OpenRouter's and Gemini's numeric `code`, Azure's `"401"`. */
  readonly status?: number | undefined;
  /** The parsed body, where it is JSON: `readRetryAfter` looks in it. */
  readonly json?: JsonValue | undefined;
}

const MAX_NESTING = 4;

/** Reads an error body: JSON in any vendor's shape, HTML, plain text or nothing at all. Never throws. */
export function readErrorText(body: string): ErrorText {
  const trimmed = body.trim();
  if (trimmed === '') return { message: '', code: '', type: '' };
  const text = trimmed.startsWith('data:') ? trimmed.slice(5).trim() : trimmed;
  try {
    return readErrorJson(parseJson(text));
  } catch {
    return { message: toPlainText(trimmed), code: '', type: '' };
  }
}

/** Reads an error that is parsed already: a body, or the `error` member of a stream's event. Never throws. */
export function readErrorJson(json: JsonValue): ErrorText {
  const found = readLevel(json, 0);
  return { ...found, message: toPlainText(found.message || describeUnknown(json)), json };
}

function readLevel(value: JsonValue | undefined, depth: number): ErrorText {
  if (depth > MAX_NESTING) return { message: '', code: '', type: '' };
  if (typeof value === 'string') return readStringLevel(value, depth);
  if (Array.isArray(value)) return readLevel(value[0], depth + 1);
  if (!isJsonObject(value)) return { message: '', code: '', type: '' };
  const inner = value['error'] ?? readFirst(value['errors']);
  if (inner !== undefined && inner !== null) return withOuter(readLevel(inner, depth + 1), value);
  const detail = value['detail'];
  if (Array.isArray(detail))
    return { ...EMPTY, message: detail.map(describeFault).filter(Boolean).join('; ') };
  if (isJsonObject(detail)) return withOuter(readLevel(detail, depth + 1), value);
  const message = readMessage(value);
  const own: ErrorText = {
    message: typeof message === 'string' ? message : message == null ? '' : JSON.stringify(message),
    code: readWord(value['code']) || readString(readObject(value['innererror'])?.['code']),
    type: readString(value['type']) || readWord(value['status']),
    param: readString(value['param']) || undefined,
    reason: readReason(value['details']),
    status: toStatus(value['code']) ?? toStatus(value['status']),
  };
  const upstream = readUpstream(value, own.message, depth);
  return upstream === undefined ? own : mergeUpstream(own, upstream);
}

/** The members in which vendors and the servers in front of them put words for people, the most telling first. */
const MESSAGES = [
  'message',
  'Message',
  'detail',
  'msg',
  'error_message',
  'errorMessage',
  'error_description',
  'description',
  'title',
  'reason',
] as const;

function readMessage(value: JsonObject): JsonValue | undefined {
  return MESSAGES.map((name) => value[name]).find((message) => message != null && message !== '');
}

/** A shape that nobody here knows, as it is: its words may still tell a person why. */
function describeUnknown(json: JsonValue): string {
  if (typeof json !== 'object' || json === null) return '';
  const text = JSON.stringify(json);
  return /[:[,]"[^"]+"(?!:)/.test(text) ? text : '';
}

const EMPTY: ErrorText = { message: '', code: '', type: '' };

/** A message that is itself JSON is another vendor's error, passed on as text. */
function readStringLevel(value: string, depth: number): ErrorText {
  const trimmed = value.trim();
  if (trimmed.startsWith('{')) {
    try {
      const nested = readLevel(parseJson(trimmed), depth + 1);
      if (nested.message !== '') return nested;
    } catch {
      return { ...EMPTY, message: value };
    }
  }
  return { ...EMPTY, message: value };
}

/** xAI's and DashScope's native shape: the code stands beside the error, not in it; others add the words there. */
function withOuter(inner: ErrorText, outer: JsonObject): ErrorText {
  const beside = readString(outer['message']);
  const isLabel = typeof outer['error'] === 'string' && beside !== '' && beside !== inner.message;
  return {
    ...inner,
    code: inner.code || readWord(outer['code']),
    type: inner.type || (readString(outer['type']) === 'error' ? '' : readString(outer['type'])),
    message: isLabel ? `${inner.message}: ${beside}` : inner.message || beside,
  };
}

/** OpenRouter hides what really happened in `metadata.raw`; relays put JSON into `message`. */
function readUpstream(error: JsonObject, message: string, depth: number): ErrorText | undefined {
  const raw = readObject(error['metadata'])?.['raw'];
  if (raw !== undefined && raw !== null) return readLevel(raw, depth + 1);
  return message.trimStart().startsWith('{') ? readStringLevel(message, depth + 1) : undefined;
}

function mergeUpstream(own: ErrorText, upstream: ErrorText): ErrorText {
  if (upstream.message === '') return own;
  const label = own.message === '' || own.message.trimStart().startsWith('{') ? '' : `${own.message}: `;
  return {
    message: `${label}${upstream.message}`,
    code: upstream.code || own.code,
    type: upstream.type || own.type,
    param: upstream.param ?? own.param,
    reason: upstream.reason ?? own.reason,
    status: own.status ?? upstream.status,
  };
}

/** One fault of a validation list, FastAPI's shape: `body.tools.0.type: Field required`. */
function describeFault(fault: JsonValue): string {
  if (typeof fault === 'string') return fault;
  if (!isJsonObject(fault)) return '';
  const place = Array.isArray(fault['loc']) ? fault['loc'].map(readWord).join('.') : '';
  const message = readString(fault['msg']) || readString(fault['message']);
  return place === '' ? message : `${place}: ${message}`;
}

/** https://google.aip.dev/193#errorinfo */
function readReason(details: JsonValue | undefined): string | undefined {
  for (const detail of readArray(details))
    if (isJsonObject(detail) && readString(detail['@type']).endsWith('/google.rpc.ErrorInfo'))
      return readString(detail['reason']) || undefined;
  return undefined;
}

function readFirst(value: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(value) ? value[0] : undefined;
}

function readWord(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  const number = readNumber(value);
  return number === undefined ? '' : String(number);
}

function toStatus(value: JsonValue | undefined): number | undefined {
  const word = readWord(value);
  return /^[45]\d\d$/.test(word) ? Number(word) : undefined;
}
