import type { RecordedAttempt, RequestRecord } from '../../src/contract/request-record.js';
import { makeRecord } from './make-record.js';

/** A call that served. */
export function makeAttempt(changes: Partial<RecordedAttempt> = {}): RecordedAttempt {
  return {
    provider: 'openai',
    model: 'gpt-4o-mini',
    keyHint: '0a1b2c3d',
    status: 200,
    error: null,
    startedMs: 2,
    ms: 300,
    ...changes,
  };
}

/** The record of a chat that was served at the first attempt within 310 ms. */
export function makeServed(changes: Partial<RequestRecord> = {}): RequestRecord {
  return makeRecord({
    attempts: [makeAttempt()],
    usage: { inputTokens: 10, outputTokens: 20 },
    costNano: 13_500,
    cache: 'bypass',
    totalMs: 310,
    overheadMs: 1.5,
    ...changes,
  });
}
