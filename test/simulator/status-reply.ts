import { errorOptions } from './answer-context.ts';
import type { AnswerContext } from './answer-context.ts';
import type { Fault } from './fault.ts';
import { toBodyReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { toVendorError } from './vendor-error.ts';

/** The status as told; the body, when none was given, as the vendor would write it. */
export function toStatusReply(context: AnswerContext, fault: Extract<Fault, { kind: 'status' }>): Reply {
  const headers: Record<string, string> = {};
  if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter);
  if (fault.retryAfterMs !== undefined) headers['retry-after-ms'] = String(fault.retryAfterMs);
  if (fault.retryAfterDate !== undefined) {
    headers['retry-after'] = new Date(Date.now() + fault.retryAfterDate * 1000).toUTCString();
  }
  if (fault.body === undefined) {
    const message = fault.message === undefined ? {} : { message: fault.message };
    return {
      ...toVendorError(context.style, fault.status, { ...errorOptions(context), ...message, headers }),
      status: fault.status,
    };
  }
  const isRaw = typeof fault.body === 'string';
  const body = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body);
  return toBodyReply(
    fault.status,
    body,
    fault.contentType ?? (isRaw ? 'text/plain' : 'application/json'),
    headers,
  );
}
