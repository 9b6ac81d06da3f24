import { describe, expect, it } from 'vitest';
import { readProxyUrl, readProxyVariables, secretsOfProxies } from './proxy-url.js';

describe('the address of a proxy', () => {
  it.each([
    ['http://proxy.corp:3128', 'http://proxy.corp:3128'],
    ['http://proxy.corp:3128/', 'http://proxy.corp:3128'],
    ['proxy.corp:3128', 'http://proxy.corp:3128'],
    ['user:word@proxy.corp:3128', 'http://user:word@proxy.corp:3128'],
    ['https://proxy.corp', 'https://proxy.corp'],
    ['HTTPS://proxy.corp:8443', 'https://proxy.corp:8443'],
    ['http://proxy.corp', 'http://proxy.corp:1080'],
    ['http://proxy.corp:80', 'http://proxy.corp'],
    ['http://[::1]:3128', 'http://[::1]:3128'],
    ['http://u%40corp:p%3Aw@proxy.corp:3128', 'http://u%40corp:p%3Aw@proxy.corp:3128'],
  ])('%s', (text, url) => {
    expect(readProxyUrl(text)).toBe(url);
  });

  it.each([
    '',
    'socks5://proxy.corp:1080',
    'http://',
    'http://proxy.corp/path',
    'http://a b',
    'http://p%:w@h:1',
  ])('%j is none', (text) => {
    expect(readProxyUrl(text)).toBeUndefined();
  });
});

describe('the variables of proxies', () => {
  const read = (variables: Record<string, string>) => {
    const faults: string[] = [];
    return { proxies: readProxyVariables(variables, (name) => faults.push(name)), faults };
  };

  it('are each for their own scheme', () => {
    expect(read({ HTTPS_PROXY: 'a:1' }).proxies).toEqual({ https: 'http://a:1', except: '' });
    expect(read({ HTTP_PROXY: 'a:1', NO_PROXY: 'b' }).proxies).toEqual({ http: 'http://a:1', except: 'b' });
    expect(read({ NO_PROXY: 'b' }).proxies).toBeUndefined();
  });

  it('count in lower case first', () => {
    const variables = {
      https_proxy: 'lower:1',
      HTTPS_PROXY: 'upper:1',
      no_proxy: 'lower',
      NO_PROXY: 'upper',
    };
    expect(read(variables).proxies).toEqual({ https: 'http://lower:1', except: 'lower' });
  });

  it('are named when they hold no address', () => {
    expect(read({ https_proxy: 'socks5://a:1', HTTP_PROXY: 'http://' }).faults).toEqual([
      'https_proxy',
      'HTTP_PROXY',
    ]);
  });
});

it('the password of a proxy is a secret, however it is written', () => {
  const proxies = [{ https: 'http://me:p%40ss@proxy:1', except: '' }, undefined];
  expect(secretsOfProxies(proxies)).toEqual(['p%40ss', 'p@ss', Buffer.from('me:p@ss').toString('base64')]);
});
