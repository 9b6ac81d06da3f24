import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isLoopbackRequest } from './is-loopback.js';

function requestFrom(remoteAddress: string | undefined, headers: IncomingHttpHeaders = {}): IncomingMessage {
  // Only what the function reads of a request.
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('a request from this machine', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('%s is', (address) => {
    expect(isLoopbackRequest(requestFrom(address))).toBe(true);
  });

  it.each(['192.0.2.1', '10.0.0.1', '128.0.0.1', '::', '2001:db8::1', '::ffff:192.0.2.1', undefined])(
    '%s is not',
    (address) => {
      expect(isLoopbackRequest(requestFrom(address))).toBe(false);
    },
  );

  it.each<IncomingHttpHeaders>([
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-forwarded-for': '' },
    { forwarded: 'for=127.0.0.1' },
    { 'sec-fetch-site': 'cross-site' },
  ])('one with %j is not, though a proxy or a browser on this machine sends it', (headers) => {
    expect(isLoopbackRequest(requestFrom('127.0.0.1', headers))).toBe(false);
  });

  it.each(['same-origin', 'same-site', 'none'])('a browser page of %s is', (site) => {
    expect(isLoopbackRequest(requestFrom('127.0.0.1', { 'sec-fetch-site': site }))).toBe(true);
  });
});
