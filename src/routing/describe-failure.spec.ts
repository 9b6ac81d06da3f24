import { describe, expect, test } from 'vitest';
import type { VendorErrorKind } from '../contract/vendor-error.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import { describeFailure, seconds } from './describe-failure.js';

const SECRET = 'key-that-must-not-be-told';

function refused(kind: VendorErrorKind, status: number, inStream = false): CallFailureFacts {
  return {
    type: 'vendor-error',
    inStream,
    error: { kind, status, message: `no entry for ${SECRET}`, code: SECRET, param: SECRET },
  };
}

describe('describeFailure', () => {
  test.each<[CallFailureFacts, string]>([
    [refused('invalid_request', 400), '400 Bad Request'],
    [refused('unsupported_request', 400), '400 not supported by this model'],
    [refused('context_length', 400), '400 context length exceeded'],
    [refused('content_policy', 403), '403 content policy'],
    [refused('credentials', 401), '401 key refused'],
    [refused('no_credit', 429), '429 no credit'],
    [refused('model_not_found', 404), '404 model not found'],
    [refused('rate_limit', 429), '429 rate limit'],
    [refused('overloaded', 529), '529 Overloaded'],
    [refused('server', 500), '500 Internal Server Error'],
    [refused('server', 520), '520 error'],
    [refused('server', 500, true), '500 Internal Server Error, inside a 200 answer'],
    [{ type: 'unreachable', detail: 'connection refused' }, 'connection refused'],
    [{ type: 'reset', detail: 'connection reset' }, 'connection reset'],
    [{ type: 'unreadable', detail: 'wrong content type' }, 'wrong content type'],
    [{ type: 'timeout', waitingFor: 'connection', milliseconds: 5000 }, 'no connection within 5 s'],
    [{ type: 'timeout', waitingFor: 'answer', milliseconds: 30_000 }, 'no answer within 30 s'],
    [{ type: 'timeout', waitingFor: 'first-token', milliseconds: 1500 }, 'no first token within 1.5 s'],
    [{ type: 'timeout', waitingFor: 'next-chunk', milliseconds: 30_000 }, 'stream silent for 30 s'],
    [{ type: 'cut' }, 'stream ended before the answer was complete'],
    [{ type: 'caller-left' }, 'caller left'],
  ])('%j', (facts, words) => {
    expect(describeFailure(facts)).toBe(words);
    expect(describeFailure(facts)).not.toContain(SECRET);
  });
});

test('seconds are told to a tenth', () => {
  expect([1500, 30_000, 49, 50].map(seconds)).toEqual(['1.5 s', '30 s', '0 s', '0.1 s']);
});
