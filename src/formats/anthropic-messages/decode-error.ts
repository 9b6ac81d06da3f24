import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { VendorError, VendorErrorKind, VendorErrorResponse } from '../../contract/vendor-error.js';
import { classifyVendorError } from '../error/classify-vendor-error.js';
import { decodeVendorError, decodeStreamError } from '../error/decode-vendor-error.js';
import { readErrorJson } from '../error/read-error-text.js';
import { parseJson } from '../json/parse-json.js';
import { readObject } from '../json/read-json.js';

/** https://platform.claude.com/docs/en/api/errors */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Reads an error response of a vendor that speaks Anthropic's format. Never throws. */
export function decodeError(response: VendorErrorResponse): VendorError {
  const details = readDetails(response.body);
  const error = refine(decodeVendorError(response));
  return details === undefined ? error : { ...error, nativeDetails: details };
}

/** `error.details` tells Anthropic's SDK what to do about an error; most errors have none. */
function readDetails(body: string): JsonObject | undefined {
  if (!body.includes('"details"')) return undefined;
  try {
    const json = parseJson(body);
    return isJsonObject(json) ? readObject(readObject(json['error'])?.['details']) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads an error inside a 200: the data of `event: error`, or a body. Its type says which status it stands for. */
export function decodeEventError(json: JsonObject): VendorError {
  const error = decodeStreamError(json);
  const text = readErrorJson(json);
  const status = STATUS_OF_TYPE[text.type];
  if (status === undefined) return refine(error);
  const { code, type, message } = text;
  return refine({ ...error, status, kind: classifyVendorError({ status, code, type, message }) });
}

/** Anthropic begins a complaint with the member's path: `messages.0.content: ...`. */
const PARAM = /^([a-z_]+(?:\.[A-Za-z0-9_-]+)*): /;

function refine(error: VendorError): VendorError {
  const param = error.param ?? (error.status === 400 ? PARAM.exec(error.message)?.[1] : undefined);
  const kind = refineKind(error);
  if (kind === error.kind && param === error.param) return error;
  return { ...error, kind, ...(param === undefined ? {} : { param }) };
}

function refineKind(error: VendorError): VendorErrorKind {
  // A file or a batch that is not there is no reason to let the model rest.
  if (error.code === 'not_found_error' && error.kind === 'model_not_found') {
    return /^(?:the )?(?:requested )?model\b/i.test(error.message) ? 'model_not_found' : 'invalid_request';
  }
  return error.kind;
}
