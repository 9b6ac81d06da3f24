import type { RecordedAttempt, RequestRecord } from '../contract/request-record.js';

/** The call whose answer the caller got, or was getting when it broke off; it lasted until the request ended. */
export function servingAttempt({ attempts, endReason }: RequestRecord): RecordedAttempt | undefined {
  const served = attempts.find(({ error }) => error === null);
  if (served !== undefined) return served;
  const isBroken = endReason === 'cut' || endReason === 'stalled' || endReason === 'caller_left';
  return isBroken ? attempts.at(-1) : undefined;
}
