import type { JsonValue } from '../../contract/json.js';
import type { VendorError, VendorErrorKind, VendorErrorResponse } from '../../contract/vendor-error.js';
import { readRequestId } from '../../contract/vendor-request-id.js';
import { classifyVendorError, toErrorStatus } from './classify-vendor-error.js';
import { readErrorJson, readErrorText, type ErrorText } from './read-error-text.js';
import { namesPart } from './names-part.js';
import { readRetryAfter } from './read-retry-after.js';

/** Reads a vendor's error response in any vendor's shape, HTML and empty bodies included. Never throws. */
export function decodeVendorError(response: VendorErrorResponse): VendorError {
  const text = readErrorText(response.body);
  const { headers, status } = response;
  const isPage = text.json === undefined && text.message !== '';
  const kind = classifyVendorError({ ...text, status, isPage });
  const error = toVendorError(
    status,
    kind,
    text,
    mayRepeat(kind) ? readRetryAfter(headers, response.now, text.json, kind === 'rate_limit') : undefined,
  );
  const requestId = readRequestId(headers, text.json);
  return {
    ...error,
    ...(isPage ? { isPage } : {}),
    ...(kind === 'invalid_request' ? { namesPart: namesPart({ ...text, status }) } : {}),
    ...(headers['x-should-retry'] === 'false' ? { retryable: false } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/**
 * Reads an error that came inside a 200: the parsed event or body that holds it, or its `error` member alone. The
 * status is the one that the error names, else the one that its kind stands for.
 */
export function decodeStreamError(json: JsonValue): VendorError {
  const text = readErrorJson(json);
  const kind = classifyVendorError({ ...text, status: text.status ?? 200 });
  const requestId = readRequestId({}, json);
  return {
    ...toVendorError(
      text.status ?? toErrorStatus(kind),
      kind,
      text,
      mayRepeat(kind) ? readRetryAfter({}, 0, json, kind === 'rate_limit') : undefined,
    ),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** A wait means something only where the same request could work later. */
function mayRepeat(kind: VendorErrorKind): boolean {
  return kind === 'rate_limit' || kind === 'overloaded' || kind === 'server' || kind === 'no_credit';
}

function toVendorError(
  status: number,
  kind: VendorErrorKind,
  text: ErrorText,
  retryAfterMs: number | undefined,
): VendorError {
  return {
    kind,
    status,
    message: text.message === '' ? `The vendor answered ${String(status)} without a message` : text.message,
    // A code that only repeats the status says less than the type beside it.
    code: (/^\d{3}$/.test(text.code) ? text.type : text.code) || text.code || text.type,
    ...(text.param === undefined ? {} : { param: text.param }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
