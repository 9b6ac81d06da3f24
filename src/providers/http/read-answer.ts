import type { VendorError, VendorErrorResponse } from '../../contract/vendor-error.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { CallFailure } from '../call-failure.js';
import { readBody, readStart } from './read-body.js';
import type { UpstreamResponse } from './upstream-client.js';

export const ERROR_BODY_BYTES = 64 * 1024;
const ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Lets a response with a good status pass.
 * @throws CallFailure `vendor-error` for every other one
 */
export async function assertAccepted(
  response: UpstreamResponse,
  decodeError: (response: VendorErrorResponse) => VendorError,
  now: () => number,
): Promise<void> {
  const { status, headers } = response;
  if (status >= 200 && status <= 299) return;
  const body = await readStart(response.body, ERROR_BODY_BYTES);
  const error = decodeError({ status, headers, body, now: now() });
  throw new CallFailure({ type: 'vendor-error', error, inStream: false });
}

/**
 * Reads a whole answer.
 * @throws CallFailure `unreadable`, or `vendor-error` where an error stands in the place of the answer
 */
export async function readAnswer<Answer>(
  response: UpstreamResponse,
  decode: (text: string) => Answer,
): Promise<Answer> {
  const text = await readBody(response.body, ANSWER_BYTES);
  try {
    return decode(text);
  } catch (error) {
    throw toUnreadable(error);
  }
}

export function toUnreadable(error: unknown): CallFailure {
  const vendorError = error instanceof UnreadableAnswer ? error.vendorError : undefined;
  return vendorError === undefined
    ? new CallFailure({ type: 'unreadable', detail: 'unreadable answer' }, error)
    : new CallFailure({ type: 'vendor-error', error: vendorError, inStream: true }, error);
}
