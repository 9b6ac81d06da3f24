import { describe, expect, test } from 'vitest';
import { CallFailure } from '../call-failure.js';
import { ForbiddenAddressError } from './address-guard.js';
import { toCallFailure } from './upstream-client.js';

const withCode = (code: string): Error => Object.assign(new Error(`connect ${code} 10.1.2.3:443`), { code });

describe('toCallFailure', () => {
  test.each([
    ['ECONNREFUSED', 'connection refused'],
    ['ENOTFOUND', 'host name not found'],
    ['EAI_AGAIN', 'host name look-up failed'],
    ['EHOSTUNREACH', 'host unreachable'],
    ['ENETUNREACH', 'network unreachable'],
    ['CERT_HAS_EXPIRED', 'TLS failure'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS failure'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'TLS failure'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS certificate refused'],
  ])('%s: no connection came about', (code, detail) => {
    expect(toCallFailure(withCode(code), 5000).facts).toEqual({ type: 'unreachable', detail });
  });

  test('a forbidden address is unreachable', () => {
    const { facts } = toCallFailure(new ForbiddenAddressError('169.254.169.254'), 5000);
    expect(facts).toEqual({ type: 'unreachable', detail: 'link-local or metadata address refused' });
  });

  test.each(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])('%s: the connection took too long', (code) => {
    expect(toCallFailure(withCode(code), 5000).facts).toEqual({
      type: 'timeout',
      waitingFor: 'connection',
      milliseconds: 5000,
    });
  });

  test.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_BODY_TIMEOUT', ''])(
    '%s: the connection broke',
    (code) => {
      expect(toCallFailure(withCode(code), 5000).facts).toEqual({
        type: 'reset',
        detail: 'connection reset',
      });
    },
  );

  test.each([
    ['HPE_INVALID_CONSTANT', 'not an HTTP answer'],
    ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'not an HTTP answer'],
    ['Z_DATA_ERROR', 'broken compression'],
  ])('%s: the answer cannot be read', (code, detail) => {
    expect(toCallFailure(withCode(code), 5000).facts).toEqual({ type: 'unreadable', detail });
  });

  test('the code is found under the causes', () => {
    const error = new Error('request failed', {
      cause: new TypeError('x', { cause: withCode('ECONNREFUSED') }),
    });
    expect(toCallFailure(error, 5000).facts).toEqual({ type: 'unreachable', detail: 'connection refused' });
  });

  test('a failure that is told already stays as it is', () => {
    const failure = new CallFailure({ type: 'cut' });
    expect(toCallFailure(failure, 5000)).toBe(failure);
  });

  test.each([undefined, null, 'text', 5])('%s thrown is a broken connection', (thrown) => {
    expect(toCallFailure(thrown, 5000).facts.type).toBe('reset');
  });
});
