import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnreadableAnswer } from '../../contract/wire-format.js';
import { EventTooLarge } from '../../formats/sse/sse-decoder.js';
import { CallFailure } from '../call-failure.js';
import { ForbiddenAddressError } from './address-guard.js';
import { ProxyFailure } from './connectors.js';
import { toCallFailure } from './to-call-failure.js';

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

  test.each(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_BODY_TIMEOUT'])(
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

  test.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL', 'EADDRINUSE'])(
    '%s: something is short here, also on the way to a proxy',
    (code) => {
      const { facts } = toCallFailure(withCode(code), 5000);
      expect(facts).toMatchObject({
        type: 'gateway-fault',
        detail: expect.stringMatching(/^no .* left/) as unknown,
      });
      const proxied = new ProxyFailure('the proxy cannot be reached', { cause: withCode(code) });
      expect(toCallFailure(proxied, 5000).facts).toEqual({ ...facts, cause: proxied });
    },
  );

  test('what a proxy did not do is said of the proxy', () => {
    const error = new ProxyFailure('the proxy opens no tunnel', { cause: withCode('ECONNREFUSED') });
    expect(toCallFailure(error, 5000).facts).toEqual({ type: 'unreachable', detail: error.message });
  });

  test.each([
    ['connect', 'unreachable'],
    ['getaddrinfo', 'unreachable'],
    ['read', 'reset'],
    ['write', 'reset'],
  ])('an error of the system that no list names, while it was to %s: %s', (syscall, type) => {
    const error = Object.assign(withCode('EWHATEVER'), { syscall });
    expect(toCallFailure(error, 5000).facts.type).toBe(type);
  });

  test('an answer that a decoder cannot read is the doing of the vendor', () => {
    expect(toCallFailure(new UnreadableAnswer('no choices'), 5000).facts.type).toBe('unreadable');
  });

  test.each([
    undefined,
    null,
    'text',
    5,
    new TypeError("Cannot read properties of undefined (reading 'choices')"),
    new RangeError('Maximum call stack size exceeded'),
    withCode('UND_ERR_INVALID_ARG'),
    withCode('ERR_INVALID_CHAR'),
    withCode('ERR_HTTP_INVALID_HEADER_VALUE'),
    withCode('ERR_INVALID_URL'),
    withCode('ERR_ASSERTION'),
    withCode('UND_ERR_HEADERS_OVERFLOW'),
    withCode('UND_ERR_DESTROYED'),
    new EventTooLarge(),
  ])('%s is a fault of the gateway', (thrown) => {
    expect(toCallFailure(thrown, 5000).facts).toMatchObject({ type: 'gateway-fault', cause: thrown });
  });

  test('whatever is thrown, nothing of its text is in the detail', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), (message, code) => {
        fc.pre(!/^[\w ]*$/.test(message));
        const { facts } = toCallFailure(Object.assign(new Error(message), { code }), 5000);
        expect('detail' in facts ? facts.detail : '').not.toContain(message);
      }),
    );
  });
});
