import type { VendorError, VendorErrorResponse } from '../../contract/vendor-error.js';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { CallFailure } from '../call-failure.js';
import { ERROR_BODY_BYTES } from './answer-collector.js';
import { readStart } from './read-start.js';
import { toUnreadable } from './to-call-failure.js';
import type { UpstreamResponse, WholeResponse } from './upstream-client.js';

/** How a vendor's answers are read. */
interface AnswerReader<Answer> {
  readonly decode: (text: string) => Answer;
  readonly decodeError: (response: VendorErrorResponse) => VendorError;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Lets a response with a good status pass.
 * @throws CallFailure `vendor-error` for every other one
 */
export async function assertAccepted(
  response: UpstreamResponse,
  { decodeError, now }: Omit<AnswerReader<never>, 'decode'>,
): Promise<void> {
  const { status, headers } = response;
  if (isGood(status)) return;
  const body = await readStart(response.body, ERROR_BODY_BYTES);
  const error = decodeError({ status, headers, body, now: now() });
  throw new CallFailure({ type: 'vendor-error', error, inStream: false });
}

/**
 * Reads a whole answer.
 * @throws CallFailure `unreadable`, or `vendor-error` for a bad status or where an error stands in the place of the answer
 */
export function readAnswer<Answer>(
  { status, headers, text }: WholeResponse,
  { decode, decodeError, now }: AnswerReader<Answer>,
): Answer {
  if (!isGood(status)) {
    const error = decodeError({ status, headers, body: text, now: now() });
    throw new CallFailure({ type: 'vendor-error', error, inStream: false });
  }
  try {
    return decode(text);
  } catch (error) {
    // `SyntaxError`: it is not even JSON.
    if (!(error instanceof UnreadableAnswer || error instanceof SyntaxError)) throw error;
    throw toUnreadable(error);
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status <= 299;
}
