import type { Redactor } from '../common/redactor.js';
import type { CallFailureFacts } from '../providers/call-failure.js';

const LONGEST_MESSAGE = 500;

/** What a vendor itself said of a failure, fit for logs and records. */
export interface VendorsWords {
  readonly vendorMessage?: string;
  readonly vendorRequestId?: string;
}

/** Secrets are taken out before the text is cut, so that none stands halfway in. */
export function vendorsWords(facts: CallFailureFacts, redactor: Redactor): VendorsWords {
  if (facts.type !== 'vendor-error') return {};
  const { message, requestId } = facts.error;
  const text = redactor
    .redact(message)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return {
    ...(text === '' ? {} : { vendorMessage: text.slice(0, LONGEST_MESSAGE).toWellFormed() }),
    ...(requestId === undefined ? {} : { vendorRequestId: redactor.redact(requestId) }),
  };
}
