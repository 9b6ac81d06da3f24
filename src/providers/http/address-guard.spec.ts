import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, test } from 'vitest';
import {
  assertPermittedHost,
  ForbiddenAddressError,
  guardedLookup,
  isForbiddenAddress,
} from './address-guard.js';
import { UpstreamPools } from './upstream-pools.js';

const FORBIDDEN = [
  '169.254.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fe80::1',
  'febf::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '0:0:0:0:0:ffff:a9fe:a9fe',
];
const PERMITTED = [
  '127.0.0.1',
  '::1',
  '10.0.0.1',
  '192.168.1.1',
  '8.8.8.8',
  '169.253.255.255',
  '169.255.0.0',
  '2606:4700::1',
  'fec0::1',
  '::ffff:127.0.0.1',
];

describe('isForbiddenAddress', () => {
  test.each(FORBIDDEN)('%s is link-local or a metadata service', (address) => {
    expect(isForbiddenAddress(address)).toBe(true);
  });

  test.each(PERMITTED)('%s may be called: vendors may live in private networks', (address) => {
    expect(isForbiddenAddress(address)).toBe(false);
  });
});

describe('a URL whose host is an address', () => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://[fe80::1]/',
    'http://[::ffff:169.254.169.254]/',
    // The other spellings of an IPv4 address that a URL may hold.
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
  ])('%s is refused before a socket is made', async (url) => {
    const { hostname, origin } = new URL(url);
    expect(() => {
      assertPermittedHost(hostname);
    }).toThrow(ForbiddenAddressError);
    const pools = new UpstreamPools();
    expect(() =>
      pools.poolFor(origin, { connectTimeoutMs: 1000, maxAgeMs: 1000, allowLinkLocal: false }),
    ).toThrow(ForbiddenAddressError);
    expect(() =>
      pools.poolFor(origin, { connectTimeoutMs: 1000, maxAgeMs: 1000, allowLinkLocal: true }),
    ).not.toThrow();
    await pools.onApplicationShutdown();
  });

  test.each(['http://127.0.0.1/', 'http://[::1]/', 'http://api.example.com/', 'http://169.254.example.com/'])(
    '%s is let through',
    (url) => {
      expect(() => {
        assertPermittedHost(new URL(url).hostname);
      }).not.toThrow();
    },
  );
});

interface Found {
  readonly error: NodeJS.ErrnoException | null;
  readonly address: string | LookupAddress[];
}

/** A literal address goes through `dns.lookup` like a name that resolves to it, without asking any server. */
function lookup(hostname: string, options: LookupOptions): Promise<Found> {
  return new Promise((resolve) => {
    guardedLookup(hostname, options, (error, address) => {
      resolve({ error, address });
    });
  });
}

describe('guardedLookup', () => {
  test.each(FORBIDDEN)('refuses what resolves to %s', async (address) => {
    for (const options of [{}, { all: true }]) {
      const { error } = await lookup(address, options);
      expect(error).toBeInstanceOf(ForbiddenAddressError);
      expect(error?.code).toBe('ERR_FORBIDDEN_ADDRESS');
    }
  });

  test('passes on what may be called, in the shape that was asked for', async () => {
    expect(await lookup('127.0.0.1', {})).toEqual({ error: null, address: '127.0.0.1' });
    expect(await lookup('127.0.0.1', { all: true })).toEqual({
      error: null,
      address: [{ address: '127.0.0.1', family: 4 }],
    });
    const { error, address } = await lookup('localhost', { family: 4 });
    expect([error, address]).toEqual([null, '127.0.0.1']);
  });

  test('passes on the failure of the look-up', async () => {
    const { error } = await lookup('::1', { family: 4 });
    expect(error?.code).not.toBe('ERR_FORBIDDEN_ADDRESS');
  });
});
