import { describe, expect, it } from 'vitest';
import type { IncomingHttpHeaders } from 'node:http';
import { readPresentedKey } from './presented-key.js';

describe('the key that a request presents', () => {
  it.each<[IncomingHttpHeaders, string | undefined]>([
    [{ authorization: 'Bearer one' }, 'one'],
    [{ authorization: 'bearer one' }, 'one'],
    [{ authorization: 'BEARER   one  ' }, 'one'],
    [{ 'x-api-key': 'two' }, 'two'],
    [{ 'x-api-key': ' two ' }, 'two'],
    [{ 'api-key': 'three' }, 'three'],
    [{ authorization: 'Bearer one', 'x-api-key': 'two', 'api-key': 'three' }, 'one'],
    [{ 'x-api-key': 'two', 'api-key': 'three' }, 'two'],
    [{ authorization: 'Basic abc', 'x-api-key': 'two' }, 'two'],
    [{ authorization: 'Bearer ', 'api-key': 'three' }, 'three'],
    [{ 'x-api-key': '', 'api-key': 'three' }, 'three'],
    [{ 'x-api-key': ['two', 'other'] }, 'two'],
    [{ authorization: 'Bearer name:with:colons' }, 'name:with:colons'],
    [{ authorization: 'one' }, undefined],
    [{ authorization: 'Basic abc' }, undefined],
    [{ authorization: 'Bearer one two' }, undefined],
    [{ 'x-api-key': '  ' }, undefined],
    [{}, undefined],
  ])('of %j is %j', (headers, key) => {
    expect(readPresentedKey(headers)).toBe(key);
  });
});
