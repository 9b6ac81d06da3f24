import type { RecordedAttempt, RequestRecord } from '../../src/contract/request-record.js';

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

/** The record of a chat that was served at the first attempt. */
export function makeRecord(changes: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: 'record-1',
    requestId: 'request-1',
    at: Date.UTC(2026, 0, 1),
    keyId: 'key-1',
    keyName: 'team-a',
    format: 'openai-chat',
    stream: false,
    requestedModel: 'auto',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 200,
    endReason: 'done',
    error: null,
    attempts: [makeAttempt()],
    usage: { inputTokens: 10, outputTokens: 20 },
    usageSource: 'vendor',
    costNano: 13_500,
    priceVersion: '1',
    cache: 'bypass',
    savedNano: null,
    finish: 'stop',
    queueMs: 0,
    firstTokenMs: null,
    totalMs: 310,
    overheadMs: 1.5,
    ...changes,
  };
}
