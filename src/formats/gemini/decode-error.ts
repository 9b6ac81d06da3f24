import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { VendorError } from '../../contract/vendor-error.js';
import { readString } from '../json/read-json.js';

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
