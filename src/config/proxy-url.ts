import type { ProxySettings } from './gateway-settings.js';
import type { Variables } from './variables.js';

export const PROXY_WORDS = 'the address of a proxy: http://HOST:PORT or https://HOST:PORT';
/** Where curl looks for a proxy without a port. */
const CURL_PORT = 1080;

/**
 * The address of a proxy as curl reads it: without a scheme it is http.
 *
 * @returns a URL, or undefined when it is none, or one with a path or of another scheme (SOCKS)
 */
export function readProxyUrl(text: string): string | undefined {
  const [, scheme = 'http', rest = ''] = /^(?:([a-z][a-z\d+.-]*):\/\/)?(.*)$/is.exec(text.trim()) ?? [];
  const written = `${scheme.toLowerCase()}://${rest.replace(/\/$/, '')}`;
  if (!/^https?:\/\/[^/?#\s]+$/.test(written) || !URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (!isDecodable(url.username) || !isDecodable(url.password)) return undefined;
  const hasPort = /:\d+$/.test(written);
  if (!hasPort && url.protocol === 'http:') url.port = String(CURL_PORT);
  return url.href.replace(/\/$/, '');
}

/** What the user part of a proxy's address must not be shown in: encoded, decoded, and as it goes out. */
export function secretsOfProxies(proxies: Iterable<ProxySettings | undefined>): string[] {
  const secrets = new Set<string>();
  for (const proxy of proxies) {
    for (const text of [proxy?.http, proxy?.https]) {
      if (text === undefined) continue;
      const { username, password } = new URL(text);
      if (password === '') continue;
      const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      secrets.add(password).add(decodeURIComponent(password)).add(Buffer.from(user).toString('base64'));
    }
  }
  return [...secrets];
}

/**
 * `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as curl reads them: in lower case first, and each for its own scheme.
 *
 * @param report called for a variable that holds no address of a proxy
 */
export function readProxyVariables(
  variables: Variables,
  report: (name: string) => void,
): ProxySettings | undefined {
  const read = (name: string): string | undefined => {
    const found = [name.toLowerCase(), name].find((spelling) => variables[spelling] !== undefined);
    if (found === undefined) return undefined;
    const url = readProxyUrl(variables[found] ?? '');
    if (url === undefined) report(found);
    return url;
  };
  const https = read('HTTPS_PROXY');
  const http = read('HTTP_PROXY');
  if (https === undefined && http === undefined) return undefined;
  return { https, http, except: variables['no_proxy'] ?? variables['NO_PROXY'] ?? '' };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
