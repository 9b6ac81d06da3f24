import { describe, expect, it } from 'vitest';
import { makeAttempt } from '../../../test/support/make-served.js';
import type { VendorErrorKind } from '../../contract/vendor-error.js';
import type { CallFailureFacts } from '../../providers/call-failure.js';
import { describeFailure } from '../../routing/describe-failure.js';
import { outcomeOf, type AttemptOutcome } from './attempt-outcome.js';

const outcome = (facts: CallFailureFacts): AttemptOutcome =>
  outcomeOf(makeAttempt({ error: describeFailure(facts) }));

describe('what came of a call', () => {
  it('is told from the words of routing, for every kind of vendor error', () => {
    const expected: Readonly<Record<VendorErrorKind, AttemptOutcome>> = {
      invalid_request: 'invalid_request',
      unsupported_request: 'not_supported',
      context_length: 'context_length',
      content_policy: 'content_policy',
      credentials: 'key_refused',
      forbidden: 'forbidden',
      no_credit: 'no_credit',
      model_not_found: 'model_not_found',
      rate_limit: 'rate_limit',
      overloaded: 'server_error',
      server: 'server_error',
    };
    const status: Partial<Record<VendorErrorKind, number>> = { overloaded: 529, server: 500 };
    for (const [kind, wanted] of Object.entries(expected) as [VendorErrorKind, AttemptOutcome][]) {
      for (const inStream of [false, true]) {
        const error = { kind, status: status[kind] ?? 400, message: '', code: '' };
        expect([kind, outcome({ type: 'vendor-error', error, inStream })]).toEqual([kind, wanted]);
      }
    }
  });

  it.each<[CallFailureFacts, AttemptOutcome]>([
    [
      {
        type: 'vendor-error',
        inStream: false,
        error: { kind: 'server', status: 408, message: '', code: '' },
      },
      'server_error',
    ],
    [{ type: 'timeout', waitingFor: 'connection', milliseconds: 5_000 }, 'timeout'],
    [{ type: 'timeout', waitingFor: 'answer', milliseconds: 30_000 }, 'timeout'],
    [{ type: 'timeout', waitingFor: 'first-token', milliseconds: 30_000 }, 'timeout'],
    [{ type: 'timeout', waitingFor: 'next-chunk', milliseconds: 1_500 }, 'timeout'],
    [{ type: 'reset', detail: 'connection reset' }, 'reset'],
    [{ type: 'cut' }, 'cut'],
    [{ type: 'caller-left' }, 'caller_left'],
    [{ type: 'superseded' }, 'superseded'],
    [{ type: 'shutting-down' }, 'shutdown'],
    [{ type: 'unreadable', detail: 'wrong content type' }, 'unreadable'],
    [{ type: 'unreadable', detail: 'three malformed events in a row' }, 'unreadable'],
    [{ type: 'unreadable', detail: 'not an HTTP answer' }, 'unreadable'],
  ])('%j is %s', (facts, wanted) => {
    expect(outcome(facts)).toBe(wanted);
  });

  it.each([
    'connection refused',
    'host name not found',
    'host name look-up failed',
    'host unreachable',
    'network unreachable',
    'address not available',
    'TLS failure',
    'TLS certificate refused',
    'link-local or metadata address refused',
  ])('%s is unreachable', (detail) => {
    expect(outcome({ type: 'unreachable', detail })).toBe('unreachable');
  });

  it('is a success where there is no error', () => {
    expect(outcomeOf(makeAttempt())).toBe('success');
  });
});
