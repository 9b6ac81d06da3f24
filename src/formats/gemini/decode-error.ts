import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { VendorError, VendorErrorKind, VendorErrorResponse } from '../../contract/vendor-error.js';
import { decodeStreamError, decodeVendorError } from '../error/decode-vendor-error.js';
import { readString } from '../json/read-json.js';

/** Reads an error response; bodies are JSON whatever the content type says, at times in an array. Never throws. */
export function decodeError(response: VendorErrorResponse): VendorError {
  return refine(decodeVendorError(response));
}

/** Reads an error inside a 200. */
export function decodeEventError(json: JsonValue): VendorError {
  return refine(decodeStreamError(json));
}

/**
 * Reads the refusal of a prompt, which comes as a 200 without candidates.
 * https://ai.google.dev/api/generate-content#PromptFeedback
 */
export function readBlockedPrompt(feedback: JsonObject | undefined): VendorError | undefined {
  const value = feedback?.['blockReason'];
  const reason = typeof value === 'number' ? String(value) : readString(value);
  if (reason === '' || reason === '0' || reason === 'BLOCK_REASON_UNSPECIFIED') return undefined;
  const detail = readString(feedback?.['blockReasonMessage']);
  return {
    kind: 'content_policy',
    status: 400,
    code: reason,
    message: detail === '' ? `The prompt was blocked by the vendor's content filter (${reason})` : detail,
  };
}

/** Whether a body or an event is an error in the place of an answer. */
export function isError(json: JsonValue): boolean {
  if (Array.isArray(json)) return json.some(isError);
  return isJsonObject(json) && isJsonObject(json['error']);
}

/** What only Google says in these words. */
const OWN_WORDS: readonly (readonly [RegExp, VendorErrorKind])[] = [
  [/prepa(?:id|yment) credits? (?:are|is|have been) (?:depleted|exhausted)/i, 'no_credit'],
  [/billing (?:account|is) .{0,40}(?:disabled|not enabled|inactive|closed)|enable billing/i, 'no_credit'],
  // Another vendor serves there, another key of another country too.
  [/user location is not supported/i, 'credentials'],
  [/consumer .{0,80}has been suspended/i, 'credentials'],
];

function refine(error: VendorError): VendorError {
  if (error.status < 400 || error.status > 499) return error;
  for (const [words, kind] of OWN_WORDS)
    if (words.test(error.message)) return kind === error.kind ? error : { ...error, kind };
  return error;
}
