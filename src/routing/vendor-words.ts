import type { Redactor } from '../common/redactor.js';
import { readRequestId, type ResponseHeaders } from '../contract/vendor-request-id.js';
import type { CallFailureFacts } from '../providers/call-failure.js';

const LONGEST_MESSAGE = 500;

/** What a vendor itself said of a failure, fit for logs and records. */
export interface VendorsWords {
  readonly vendorMessage?: string;
  readonly vendorRequestId?: string;
}

/** Secrets are taken out before the text is cut, so that none stands halfway in. */
export function vendorsWords(
  facts: CallFailureFacts,
  headers: ResponseHeaders | undefined,
  redactor: Redactor,
): VendorsWords {
  const error = facts.type === 'vendor-error' ? facts.error : undefined;
  const requestId = error?.requestId ?? (headers === undefined ? undefined : readRequestId(headers));
  const message = error?.message ?? '';
  const text = redactor
    .redact(message)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return {
    ...(text === '' ? {} : { vendorMessage: text.slice(0, LONGEST_MESSAGE).toWellFormed() }),
    ...(requestId === undefined ? {} : { vendorRequestId: redactor.redact(requestId) }),
  };
}
