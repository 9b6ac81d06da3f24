import { expect, test } from 'vitest';
import { GatewayError } from '../contract/gateway-error.js';
import { toUnavailable } from './to-unavailable.js';

test('what passes is a 503 that says when to ask again', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
  const error = toUnavailable(cause) as GatewayError;
  expect(error).toBeInstanceOf(GatewayError);
  expect(error).toMatchObject({ code: 'database_unavailable', status: 503, retryAfterMs: 5_000, cause });
  expect(error.message).not.toContain('10.0.0.1');
});

test('what would fail again is a fault of ours, and stays what it is', () => {
  const fault = Object.assign(new Error('relation "x" does not exist'), { code: '42P01' });
  expect(toUnavailable(fault)).toBe(fault);
  const refusal = new GatewayError('not_found', 'no such key');
  expect(toUnavailable(refusal)).toBe(refusal);
});
