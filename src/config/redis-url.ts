const PLAIN = /^rediss?:\/\//;
const SEVERAL = /^(rediss?)\+(cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/?#]*)([^?#]*)(?:\?(.*))?$/;
const PORTS = { cluster: 6_379, sentinel: 26_379 } as const;

const WORDS =
  'redis://HOST:6379, rediss://HOST:6379, redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/MASTER';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly isTls: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export type RedisLocation =
  | { readonly kind: 'plain'; readonly url: string; readonly password: string }
  | (Access & { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[] })
  | (Access & {
      readonly kind: 'sentinel';
      readonly nodes: readonly RedisAddress[];
      /** What the sentinels call the servers of which they choose the primary. */
      readonly master: string;
      readonly database: number;
      /** Of the sentinels themselves. */
      readonly sentinelUsername?: string | undefined;
      readonly sentinelPassword?: string | undefined;
    });

/**
 * Takes `REDIS_URL` apart.
 * @throws Error that says what is expected of it
 */
export function readRedisUrl(text: string): RedisLocation {
  if (PLAIN.test(text)) return readPlain(text);
  const [, scheme, kind, credentials, list = '', path = '', query = ''] = SEVERAL.exec(text) ?? [];
  if (kind === undefined) throw new Error(WORDS);
  const isCluster = kind === 'cluster';
  const nodes = list.split(',').map((node) => readAddress(node, PORTS[isCluster ? 'cluster' : 'sentinel']));
  const access = { isTls: scheme === 'rediss', ...readCredentials(credentials) };
  const parameters = new URLSearchParams(query);
  if (isCluster) {
    if (!/^\/?0?$/.test(path)) throw new Error('no database after the addresses: a cluster has only the one');
    refuseOthers(parameters, []);
    return { kind: 'cluster', ...access, nodes };
  }
  const [, master = '', database = '0'] = /^\/([^/]+)(?:\/(\d+))?$/.exec(path) ?? [];
  if (master === '')
    throw new Error(
      'the name of the master after the addresses: redis+sentinel://HOST:PORT,HOST:PORT/MASTER',
    );
  refuseOthers(parameters, ['sentinel_username', 'sentinel_password']);
  return {
    kind: 'sentinel',
    ...access,
    nodes,
    master: decode(master),
    database: Number(database),
    sentinelUsername: parameters.get('sentinel_username') ?? undefined,
    sentinelPassword: parameters.get('sentinel_password') ?? undefined,
  };
}

/** Passwords in it, which nobody must see. */
export function secretsOf(location: RedisLocation): readonly string[] {
  const sentinel = location.kind === 'sentinel' ? location.sentinelPassword : undefined;
  return [location.password, sentinel].filter((secret) => secret !== undefined);
}

function readPlain(url: string): RedisLocation {
  const parsed = URL.parse(url);
  if (parsed !== null) return { kind: 'plain', url, password: decode(parsed.password) };
  const authority = url.replace(PLAIN, '').replace(/[/?#].*$/s, '');
  throw new Error(
    authority.includes(',') ? `one address, or ${WORDS.slice(WORDS.indexOf('redis+'))}` : WORDS,
  );
}

function readAddress(node: string, defaultPort: number): RedisAddress {
  const url = URL.parse(`redis://${node}`);
  if (node === '' || url === null || url.hostname === '' || url.host !== node.toLowerCase())
    throw new Error('addresses separated by commas, each as HOST:PORT');
  // Clients take an IPv6 address without its brackets.
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? defaultPort : Number(url.port),
  };
}

function readCredentials(text: string | undefined): { username?: string; password?: string } {
  if (text === undefined) return {};
  const [username = '', ...rest] = text.split(':');
  const password = rest.join(':');
  return {
    ...(username === '' ? {} : { username: decode(username) }),
    ...(password === '' ? {} : { password: decode(password) }),
  };
}

function refuseOthers(parameters: URLSearchParams, known: readonly string[]): void {
  const other = [...parameters.keys()].find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new Error(
    known.length === 0
      ? 'no parameters after the addresses'
      : `no parameters after the master but ${known.join(' and ')}`,
  );
}

/** @throws Error at a stray percent sign */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('a percent sign in user or password as %25');
  }
}
