import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRedisUrl, secretsOf } from './redis-url.js';

describe('readRedisUrl', () => {
  it('leaves the address of one server as it is', () => {
    for (const url of ['redis://cache', 'rediss://user:word@cache:6380/2?family=6'])
      expect(readRedisUrl(url)).toMatchObject({ kind: 'plain', url });
  });

  it.each([
    [
      'redis+cluster://a:7000,b,[::1]:7002',
      {
        kind: 'cluster',
        isTls: false,
        nodes: [
          { host: 'a', port: 7000 },
          { host: 'b', port: 6379 },
          { host: '::1', port: 7002 },
        ],
      },
    ],
    [
      'rediss+cluster://user:w%40rd@a:7000',
      {
        kind: 'cluster',
        isTls: true,
        username: 'user',
        password: 'w@rd',
        nodes: [{ host: 'a', port: 7000 }],
      },
    ],
    [
      'redis+sentinel://:word@s1,s2:26380/main/3?sentinel_password=other',
      {
        kind: 'sentinel',
        isTls: false,
        password: 'word',
        nodes: [
          { host: 's1', port: 26_379 },
          { host: 's2', port: 26_380 },
        ],
        master: 'main',
        database: 3,
        sentinelPassword: 'other',
      },
    ],
  ])('reads %s', (url, expected) => {
    expect(readRedisUrl(url)).toEqual(expected);
  });

  it.each([
    ['localhost', 'redis+cluster://HOST:PORT'],
    ['http://cache:6379', 'redis+cluster://HOST:PORT'],
    ['redis://a:1,b:2', 'redis+cluster://'],
    ['redis://:50%@cache', 'percent sign'],
    ['redis+cluster://', 'HOST:PORT'],
    ['redis+cluster://a,,b', 'HOST:PORT'],
    ['redis+cluster://a:port', 'HOST:PORT'],
    ['redis+cluster://a:70000', 'HOST:PORT'],
    ['redis+cluster://a/1', 'no database'],
    ['redis+cluster://a?tls=1', 'no parameters'],
    ['redis+cluster://user:50%@a', 'percent sign'],
    ['redis+sentinel://a:26379', 'name of the master'],
    ['redis+sentinel://a:26379/main/x', 'name of the master'],
    ['redis+sentinel://a:26379/main?master=x', 'sentinel_password'],
  ])('refuses %s', (url, words) => {
    expect(() => readRedisUrl(url)).toThrow(words);
  });

  it('says which password nobody must see, whatever it is made of', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('redis://', 'rediss://', 'redis+cluster://', 'rediss+sentinel://'),
        fc.string({ minLength: 1 }),
        (scheme, password) => {
          const rest = scheme.includes('sentinel') ? '@a:1/main' : '@a:1';
          const location = readRedisUrl(
            `${scheme}user:${encodeURIComponent(password.toWellFormed())}${rest}`,
          );
          expect(secretsOf(location)).toEqual([password.toWellFormed()]);
        },
      ),
    );
  });

  it('throws nothing but a message about the URL', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'redis://', 'redis+cluster://', 'redis+sentinel://'),
        fc.string(),
        (scheme, rest) => {
          try {
            readRedisUrl(scheme + rest);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            expect(error).not.toBeInstanceOf(TypeError);
            expect(error).not.toBeInstanceOf(URIError);
          }
        },
      ),
    );
  });
});
