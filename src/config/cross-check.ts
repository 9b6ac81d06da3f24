import type { ConfigDocument } from './config-document.js';
import type { ConfigPath } from './config-path.js';
import type { BodyConfig } from './body.config.js';
import { BUILT_IN_PROVIDERS } from './built-in-config.js';
import { AUTO_ROUTE, DEFAULTS } from './defaults.js';
import { parseDuration } from './duration.js';
import type { GatewayConfig } from './gateway.config.js';
import { isHeaderValue, KEY_WORDS } from './header-value.js';
import { suggestion } from './nearest-name.js';
import { splitList } from './variables.js';
import { VENDORS_WITHOUT_BASE_URL } from './vendor-names.js';

/** A part of the file in which anything can be missing, because what is wrong by itself was taken out. */
type Unchecked<T> = T extends readonly (infer Entry)[]
  ? readonly Unchecked<Entry>[]
  : T extends ReadonlyMap<string, unknown>
    ? T
    : string extends keyof T
      ? T
      : T extends object
        ? { readonly [Key in keyof T]?: Unchecked<NonNullable<T[Key]>> | undefined }
        : T;

/** Checks what no class can see by itself: names that must be unique, or known, or differ from each other. */
export function crossCheck(config: Unchecked<GatewayConfig>, document: ConfigDocument): void {
  checkUnique(config.auth?.keys ?? [], ['auth', 'keys'], document);
  checkKeySecrets(config, document);
  checkProviders(config, document);
  checkRouting(config, document);
}

function checkUnique(
  entries: readonly { readonly name?: string | undefined }[],
  path: ConfigPath,
  document: ConfigDocument,
): void {
  const first = new Map<string, number>();
  entries.forEach(({ name }, index) => {
    if (name === undefined) {
      return;
    }
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
    } else {
      document.report(
        [...path, index, 'name'],
        `a name of its own: ${path.join('.')}[${earlier}] has it already`,
      );
    }
  });
}

function checkKeySecrets(config: Unchecked<GatewayConfig>, document: ConfigDocument): void {
  const owners = new Map<string, number>();
  (config.auth?.keys ?? []).forEach(({ key }, index) => {
    const path = ['auth', 'keys', index, 'key'];
    const secret = key?.trim();
    if (secret === undefined) {
      return;
    }
    if (secret === '') {
      // An entry whose variable is unset is kept, and can then never be presented.
      if ((document.interpolationAt(path)?.unset.length ?? 0) === 0) {
        document.report(path, 'the secret that callers present, or its variable: ${NAME}');
      }
      return;
    }
    if (!isHeaderValue(secret)) {
      document.report(path, KEY_WORDS, 'a value that is not shown');
      return;
    }
    const owner = owners.get(secret);
    if (owner === undefined) {
      owners.set(secret, index);
    } else {
      document.report(path, `a secret of its own: auth.keys[${owner}] has the same`);
    }
  });
}

function checkProviders(config: Unchecked<GatewayConfig>, document: ConfigDocument): void {
  const { providers } = config;
  if (providers === undefined) {
    return;
  }
  if (providers.length === 0) {
    document.report(['providers'], 'at least one provider, or no `providers` for the built-in ones');
  }
  checkUnique(providers, ['providers'], document);
  providers.forEach((provider, index) => {
    const { vendor, base_url: baseUrl, headers, body, model_options: options, api_keys: keys } = provider;
    const path: ConfigPath = ['providers', index];
    if (vendor !== undefined && baseUrl === undefined && VENDORS_WITHOUT_BASE_URL.includes(vendor)) {
      document.report([...path, 'base_url'], `a URL, as the vendor ${vendor} has none of its own`);
    }
    keys?.forEach((entry, position) => {
      if (typeof entry === 'string' && !splitList(entry).every(isHeaderValue)) {
        document.report([...path, 'api_keys', position], `${KEY_WORDS}; several with commas between`);
      }
    });
    checkHeaders(headers, path, document);
    checkBody(body, path, document);
    for (const [pattern, model] of options ?? []) {
      const place: ConfigPath = [...path, 'model_options', pattern];
      checkHeaders(model.headers, place, document);
      checkBody(model.body, place, document);
    }
  });
}

function checkHeaders(
  headers: Readonly<Record<string, unknown>> | undefined,
  path: ConfigPath,
  document: ConfigDocument,
): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    const place = [...path, 'headers', name];
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      document.report(
        place,
        'the name of a header: letters, digits and "-"',
        'a name that no header can have',
      );
    } else if (typeof value !== 'string' || !/^[\t\x20-\x7e]*$/.test(value)) {
      document.report(place, 'a string of one line in ASCII (a number in quotes)');
    }
  }
}

/** What a call is about, in the words of all formats: routing and the decoders rely on it. */
const FIXED_MEMBERS: ReadonlySet<string> = new Set(['model', 'stream', 'messages', 'input', 'contents']);

function checkBody(
  body: Unchecked<BodyConfig> | undefined,
  path: ConfigPath,
  document: ConfigDocument,
): void {
  const report = (name: string, place: ConfigPath): void => {
    if (FIXED_MEMBERS.has(name))
      document.report(place, `a member other than ${[...FIXED_MEMBERS].join(', ')}`, name);
  };
  for (const part of ['set', 'default'] as const) {
    for (const name of Object.keys(body?.[part] ?? {})) report(name, [...path, 'body', part, name]);
  }
  for (const [index, name] of (body?.remove ?? []).entries())
    report(name, [...path, 'body', 'remove', index]);
}

function checkRouting(config: Unchecked<GatewayConfig>, document: ConfigDocument): void {
  const routing = config.routing ?? {};
  const cooldown = parseDuration(routing.cooldown ?? DEFAULTS.routing.cooldown);
  const maxCooldown = routing.max_cooldown === undefined ? undefined : parseDuration(routing.max_cooldown);
  if (cooldown !== undefined && maxCooldown !== undefined && maxCooldown < cooldown) {
    const given = routing.cooldown ?? `${DEFAULTS.routing.cooldown}, its default`;
    document.report(['routing', 'max_cooldown'], `at least the cooldown (${given})`);
  }
  const providers = (config.providers ?? BUILT_IN_PROVIDERS).flatMap(({ name }) => name ?? []);
  const routes = routing.routes ?? [];
  checkUnique(routes, ['routing', 'routes'], document);
  checkDefaultRoute(routing.default_route, routes.length === 0 ? [{ name: AUTO_ROUTE }] : routes, document);
  const namedAuto = (config.providers ?? []).findIndex(({ name }) => name === AUTO_ROUTE);
  if (routes.length === 0 && namedAuto >= 0) {
    const expected = `another name: ${AUTO_ROUTE} is the route over all providers`;
    document.report(['providers', namedAuto, 'name'], expected);
  }
  routes.forEach((route, index) => {
    const path: ConfigPath = ['routing', 'routes', index];
    if (route.name !== undefined && providers.includes(route.name)) {
      document.report([...path, 'name'], 'a name that no provider has');
    }
    (route.targets ?? []).forEach(({ target }, position) => {
      checkTarget(target, providers, [...path, 'targets', position, 'target'], config, document);
    });
  });
}

function checkDefaultRoute(
  name: string | undefined,
  routes: readonly { readonly name?: string | undefined }[],
  document: ConfigDocument,
): void {
  const names = routes.flatMap((route) => route.name ?? []);
  // While a route's own name is wrong, it may be the one that is meant.
  if (name !== undefined && names.length === routes.length && !names.includes(name)) {
    document.report(
      ['routing', 'default_route'],
      `the name of a route: ${names.join(', ')}${suggestion(name, names)}`,
    );
  }
}

function checkTarget(
  target: string | undefined,
  providers: readonly string[],
  path: ConfigPath,
  config: Unchecked<GatewayConfig>,
  document: ConfigDocument,
): void {
  const [name] = (target ?? '').split('/');
  const complete = config.providers === undefined || providers.length === config.providers.length;
  const providersWrong = document.isReported(['providers']);
  if (
    target !== undefined &&
    name !== undefined &&
    complete &&
    !providersWrong &&
    !providers.includes(name)
  ) {
    document.report(path, `a provider of the list: ${providers.join(', ')}${suggestion(name, providers)}`);
  }
}
