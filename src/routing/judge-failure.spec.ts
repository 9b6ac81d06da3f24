import { describe, expect, test } from 'vitest';
import { ERROR_CATALOGUE } from '../contract/gateway-error.js';
import type { VendorErrorKind } from '../contract/vendor-error.js';
import type { CallFailureFacts } from '../providers/call-failure.js';
import { judgeFailure, type Evidence, type FailureSituation, type Verdict } from './judge-failure.js';

const COOLDOWN_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

function refused(kind: VendorErrorKind, status: number, retryAfterMs?: number): CallFailureFacts {
  const error = { kind, status, message: 'in the words of the vendor', code: '' };
  return {
    type: 'vendor-error',
    inStream: false,
    error: retryAfterMs === undefined ? error : { ...error, retryAfterMs },
  };
}

function silent(waitingFor: Extract<CallFailureFacts, { type: 'timeout' }>['waitingFor']): CallFailureFacts {
  return { type: 'timeout', waitingFor, milliseconds: 30_000 };
}

/** One row of section 6 of the contract, as this function decides it. */
interface Row {
  readonly name: string;
  readonly facts: CallFailureFacts;
  readonly again: Verdict['again'];
  /** `by-filter`: only with `on_content_filter: next`. */
  readonly next: boolean | 'by-filter';
  readonly passOver: Verdict['passOver'];
  /** In cooldowns; `told`: as long as the vendor said. */
  readonly rest:
    readonly [scope: 'provider' | 'target' | 'key' | 'key-model', cooldowns: number] | 'told' | 'nobody';
  /** What the caller sees if it was the last. */
  readonly code: Verdict['code'];
  readonly status: number;
}

const TARGET = ['target', 1] as const;
const row = (
  name: string,
  facts: CallFailureFacts,
  again: Row['again'],
  next: Row['next'],
  passOver: Row['passOver'],
  rest: Row['rest'],
  code: Row['code'],
  status: number,
): Row => ({ name, facts, again, next, passOver, rest, code, status });

const ROWS: readonly Row[] = [
  row('400', refused('invalid_request', 400), 'no', false, 'provider', 'nobody', 'invalid_request', 400),
  row('422', refused('invalid_request', 422), 'no', false, 'provider', 'nobody', 'invalid_request', 422),
  row(
    'what the model cannot do as 400',
    refused('unsupported_request', 400),
    'no',
    true,
    'target',
    'nobody',
    'invalid_request',
    400,
  ),
  row(
    'what the model cannot do as 422',
    refused('unsupported_request', 422),
    'no',
    true,
    'target',
    'nobody',
    'invalid_request',
    422,
  ),
  row(
    'context length',
    refused('context_length', 400),
    'no',
    true,
    'target',
    'nobody',
    'context_length_exceeded',
    400,
  ),
  row('413', refused('context_length', 413), 'no', true, 'target', 'nobody', 'context_length_exceeded', 400),
  row(
    'content policy as 400',
    refused('content_policy', 400),
    'no',
    'by-filter',
    'target',
    'nobody',
    'content_policy_violation',
    400,
  ),
  row(
    'content policy as 403',
    refused('content_policy', 403),
    'no',
    'by-filter',
    'target',
    'nobody',
    'content_policy_violation',
    400,
  ),
  row(
    '401',
    refused('credentials', 401),
    'no',
    true,
    'key',
    ['key', 5],
    'upstream_credentials_exhausted',
    502,
  ),
  row(
    '403',
    refused('credentials', 403),
    'no',
    true,
    'key',
    ['key', 5],
    'upstream_credentials_exhausted',
    502,
  ),
  row('402', refused('no_credit', 402), 'no', true, 'key', ['key', 5], 'upstream_credentials_exhausted', 502),
  row(
    'no credit as 429',
    refused('no_credit', 429),
    'no',
    true,
    'key',
    ['key', 5],
    'upstream_credentials_exhausted',
    502,
  ),
  row(
    'no credit as 400',
    refused('no_credit', 400),
    'no',
    true,
    'key',
    ['key', 5],
    'upstream_credentials_exhausted',
    502,
  ),
  row('404', refused('model_not_found', 404), 'no', true, 'target', TARGET, 'model_not_found', 404),
  row(
    'unknown model as 400',
    refused('model_not_found', 400),
    'no',
    true,
    'target',
    TARGET,
    'model_not_found',
    404,
  ),
  row('408', refused('server', 408), 'backoff', true, 'target', TARGET, 'upstream_error', 502),
  row('409', refused('server', 409), 'backoff', true, 'target', TARGET, 'upstream_error', 502),
  row('500', refused('server', 500), 'backoff', true, 'target', TARGET, 'upstream_error', 502),
  row('503', refused('overloaded', 503), 'backoff', true, 'target', TARGET, 'upstream_unavailable', 503),
  row('529', refused('overloaded', 529), 'backoff', true, 'target', TARGET, 'upstream_unavailable', 503),
  row(
    'connection reset',
    { type: 'reset', detail: 'connection reset' },
    'backoff',
    true,
    'target',
    TARGET,
    'upstream_error',
    502,
  ),
  row(
    'unreadable answer',
    { type: 'unreadable', detail: 'wrong content type' },
    'backoff',
    true,
    'target',
    TARGET,
    'upstream_error',
    502,
  ),
  row(
    'a fault of the gateway',
    { type: 'gateway-fault', detail: 'no file descriptors are left', cause: undefined },
    'no',
    true,
    'target',
    'nobody',
    'internal_error',
    500,
  ),
  row('stream without a finish', { type: 'cut' }, 'backoff', true, 'target', TARGET, 'upstream_error', 502),
  row(
    'connection refused',
    { type: 'unreachable', detail: 'connection refused' },
    'backoff',
    true,
    'provider',
    ['provider', 1],
    'upstream_error',
    502,
  ),
  row(
    '429 with a time',
    refused('rate_limit', 429, 20_000),
    'when-told',
    true,
    'key-model',
    'told',
    'rate_limit_exceeded',
    429,
  ),
  row(
    '429 without',
    refused('rate_limit', 429),
    'backoff',
    true,
    'key-model',
    ['key-model', 1],
    'rate_limit_exceeded',
    429,
  ),
  row('no connection', silent('connection'), 'no', true, 'target', TARGET, 'upstream_timeout', 504),
  row('no answer', silent('answer'), 'no', true, 'target', TARGET, 'upstream_timeout', 504),
  row('no first token', silent('first-token'), 'no', true, 'target', TARGET, 'upstream_timeout', 504),
  row('a stall', silent('next-chunk'), 'no', true, 'target', TARGET, 'upstream_timeout', 504),
  row('caller left', { type: 'caller-left' }, 'no', false, 'provider', 'nobody', 'caller_left', 499),
];

interface Case extends Row, FailureSituation {}

const CASES: readonly Case[] = ROWS.flatMap((entry) =>
  [false, true].flatMap((committed) =>
    (['stop', 'next'] as const).flatMap((onContentFilter) =>
      [COOLDOWN_MS, 0].map((cooldownMs) => ({ ...entry, committed, onContentFilter, cooldownMs })),
    ),
  ),
);

/** What each failure proves, as the contract says it. */
function evidenceOf(facts: CallFailureFacts): Evidence {
  if (facts.type === 'unreachable') return 'connection';
  return facts.type === 'vendor-error' && facts.error.kind !== 'server' ? 'clear' : 'ambiguous';
}

function expectedRest({ facts, rest, cooldownMs }: Case): Verdict['rest'] {
  if (rest === 'nobody') return undefined;
  if (rest === 'told') return { scope: 'key-model', forMs: 20_000, told: true, evidence: 'clear' };
  const [scope, cooldowns] = rest;
  const evidence = evidenceOf(facts);
  return cooldownMs === 0 ? undefined : { scope, forMs: cooldowns * cooldownMs, told: false, evidence };
}

describe('judgeFailure', () => {
  test.each(CASES)(
    '$name; content is out: $committed, on_content_filter: $onContentFilter, cooldown: $cooldownMs',
    (entry) => {
      const { facts, committed, onContentFilter, cooldownMs } = entry;
      const verdict = judgeFailure(facts, { committed, onContentFilter, cooldownMs });
      expect(verdict.again).toBe(committed ? 'no' : entry.again);
      const mayMoveOn = entry.next === 'by-filter' ? onContentFilter === 'next' : entry.next;
      expect(verdict.next).toBe(!committed && mayMoveOn);
      expect(verdict.passOver).toBe(entry.passOver);
      expect(verdict.rest).toEqual(expectedRest(entry));
      const isVendorsWord = facts.type === 'vendor-error';
      expect(verdict.code).toBe(committed && !isVendorsWord ? 'stream_interrupted' : entry.code);
      const status = verdict.status ?? ERROR_CATALOGUE[verdict.code].status;
      expect(status).toBe(committed && !isVendorsWord ? 502 : entry.status);
    },
  );

  test('no hint of a vendor takes a key out for more than a day', () => {
    const verdict = judgeFailure(refused('rate_limit', 429, 365 * DAY_MS), {
      committed: false,
      onContentFilter: 'stop',
      cooldownMs: COOLDOWN_MS,
    });
    expect(verdict.rest).toEqual({ scope: 'key-model', forMs: DAY_MS, told: true, evidence: 'clear' });
  });

  test('an error inside a stream is judged as the same error with a status', () => {
    const situation = { committed: false, onContentFilter: 'stop', cooldownMs: COOLDOWN_MS } as const;
    for (const { facts } of ROWS) {
      if (facts.type !== 'vendor-error') continue;
      expect(judgeFailure({ ...facts, inStream: true }, situation)).toEqual(judgeFailure(facts, situation));
    }
  });
});
