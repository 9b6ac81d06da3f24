import { STATUS_CODES } from 'node:http';
import type { VendorError } from '../contract/vendor-error.js';
import type { CallFailureFacts } from '../providers/call-failure.js';

/** A failure in a few words for callers, `/health` and logs. Never a word of the vendor's own: those may hold secrets. */
export function describeFailure(facts: CallFailureFacts): string {
  switch (facts.type) {
    case 'vendor-error':
      return facts.inStream
        ? `${describeVendorError(facts.error)}, inside a 200 answer`
        : describeVendorError(facts.error);
    case 'unreachable':
    case 'reset':
    case 'unreadable':
    case 'gateway-fault':
      return facts.detail;
    case 'timeout':
      return describeTimeout(facts.waitingFor, seconds(facts.milliseconds));
    case 'cut':
      return 'stream ended before the answer was complete';
    case 'caller-left':
      return 'caller left';
    case 'superseded':
      return 'another attempt answered first';
    case 'shutting-down':
      return 'the gateway is shutting down';
  }
}

function describeVendorError(error: VendorError): string {
  const status = String(error.status);
  switch (error.kind) {
    case 'invalid_request':
    case 'overloaded':
    case 'server':
      return `${status} ${STATUS_CODES[error.status] ?? (error.kind === 'overloaded' ? 'Overloaded' : 'error')}`;
    case 'unsupported_request':
      return `${status} not supported by this model`;
    case 'context_length':
      return `${status} context length exceeded`;
    case 'content_policy':
      return `${status} content policy`;
    case 'credentials':
      return `${status} key refused`;
    case 'forbidden':
      return `${status} forbidden`;
    case 'no_credit':
      return `${status} no credit`;
    case 'model_not_found':
      return `${status} model not found`;
    case 'rate_limit':
      return `${status} rate limit`;
  }
}

function describeTimeout(
  waitingFor: Extract<CallFailureFacts, { type: 'timeout' }>['waitingFor'],
  limit: string,
): string {
  switch (waitingFor) {
    case 'connection':
      return `no connection within ${limit}`;
    case 'answer':
      return `no answer within ${limit}`;
    case 'first-token':
      return `no first token within ${limit}`;
    case 'next-chunk':
      return `stream silent for ${limit}`;
  }
}

/** `1500` -> `1.5 s`. */
export function seconds(milliseconds: number): string {
  return `${String(Math.round(milliseconds / 100) / 10)} s`;
}
