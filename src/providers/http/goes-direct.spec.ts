import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goesDirect } from './goes-direct.js';

describe('NO_PROXY', () => {
  test.each([
    ['', 'https://api.example.com', false],
    ['*', 'https://api.example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['example.com', 'https://notexample.com', false],
    ['example.com', 'https://example.com.evil.org', false],
    ['.example.com', 'https://api.example.com', true],
    ['.example.com', 'https://example.com', true],
    ['*.example.com', 'https://api.example.com', true],
    ['EXAMPLE.com', 'https://API.example.COM', true],
    ['example.com.', 'https://example.com', true],
    ['example.com', 'https://example.com.', true],
    ['one.org, example.com', 'https://example.com', true],
    ['one.org example.com', 'https://example.com', true],
    ['example.com:8443', 'https://example.com:8443', true],
    ['example.com:8443', 'https://example.com', false],
    ['example.com:443', 'https://example.com', true],
    ['example.com:80', 'http://example.com', true],
    ['127.0.0.1', 'http://127.0.0.1:11434', true],
    ['127.0.0.1', 'http://127.0.0.2', false],
    ['127.0.0.0/8', 'http://127.9.9.9', true],
    ['10.0.0.0/8', 'http://11.0.0.1', false],
    ['10.0.0.0/33', 'http://10.0.0.1', false],
    ['10.0.0.0/x', 'http://10.0.0.1', false],
    ['10.0.0.0/8', 'http://10.example.com', false],
    ['::1', 'http://[::1]:8080', true],
    ['[::1]', 'http://[::1]:8080', true],
    ['[::1]:8080', 'http://[::1]:8080', true],
    ['[::1]:8081', 'http://[::1]:8080', false],
    ['fd00::/8', 'http://[fd12::1]', true],
    ['fd00::/8', 'http://[fe12::1]', false],
    ['localhost', 'http://localhost:11434', true],
    ['.', 'https://example.com', false],
    [',, ,', 'https://example.com', false],
    ['[', 'https://example.com', false],
  ])('%j and %s: direct is %j', (list, url, direct) => {
    expect(goesDirect(url, list)).toBe(direct);
  });

  test('no list breaks it', () => {
    fc.assert(
      fc.property(fc.string(), fc.webUrl(), (list, url) => {
        expect(typeof goesDirect(url, list)).toBe('boolean');
      }),
    );
  });
});
