import { randomUUID } from 'node:crypto';
import type { RequestRecord } from '../../src/contract/request-record.js';

/** A request that went well, but for what is given. */
export function makeRecord(members: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: randomUUID(),
    requestId: randomUUID(),
    at: Date.UTC(2026, 0, 1),
    keyId: 'id-of-team-a',
    keyName: 'team-a',
    format: 'openai-chat',
    stream: false,
    requestedModel: 'auto',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 200,
    endReason: 'done',
    error: null,
    attempts: [
      {
        provider: 'openai',
        model: 'gpt-4o-mini',
        keyHint: 'ab12cd34',
        status: 200,
        error: null,
        startedMs: 1,
        ms: 800,
      },
    ],
    usage: { inputTokens: 100, outputTokens: 20 },
    usageSource: 'vendor',
    costNano: 27_000,
    priceVersion: '0.1.8',
    cache: 'miss',
    savedNano: null,
    finish: 'stop',
    queueMs: 0,
    firstTokenMs: null,
    totalMs: 802,
    overheadMs: 1.25,
    ...members,
  };
}
