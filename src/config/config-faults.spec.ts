import { describe, expect, it } from 'vitest';
import { ConfigFault } from './config-fault.js';
import { loadSettings, type ReadFile } from './load-settings.js';
import type { Variables } from './variables.js';
import { VENDOR_NAMES } from './vendor-names.js';

function faultsOf(yaml: string | undefined | ReadFile, variables: Variables = {}): readonly string[] {
  try {
    loadSettings(variables, typeof yaml === 'function' ? yaml : () => yaml);
  } catch (error) {
    if (error instanceof ConfigFault) {
      return error.faults.map((fault) => fault.replace(/^config\/gateway\.yaml:(?=\d)/, ''));
    }
    throw error;
  }
  return [];
}

const provider = (rest: string) => `providers: [{ name: a, vendor: openai, ${rest} }]`;
const routing = (rest: string) => `providers: [{ name: openai, vendor: openai }]\nrouting: { ${rest} }`;
const DURATION = 'a duration with a unit, such as 500ms, 30s, 2m, 1h or 30d';

describe('the fault list', () => {
  it('names the path of what is wrong in options of a model and in what is laid over a body', () => {
    const yaml = `providers:
  - name: a
    vendor: openai
    body: { set: [1], remove: [user, 5] }
    model_options:
      "o3*":
        timeout: 5
        headers: { x-number: 5 }
        body: { set: { model: m }, remove: [messages], sett: {} }
        models: [a]
      plain: 5`;
    expect(faultsOf(yaml)).toEqual([
      '4: providers[0].body.set: found a list, expected a mapping of names to values',
      '4: providers[0].body.remove[1]: found 5, expected a string that is not empty',
      `7: providers[0].model_options["o3*"].timeout: found 5, expected ${DURATION} (a bare number does not say whether it is seconds or milliseconds)`,
      '8: providers[0].model_options["o3*"].headers.x-number: found a value that is not shown, expected a string of one line in ASCII (a number in quotes)',
      '9: providers[0].model_options["o3*"].body.sett: found an unknown key, expected a known key (did you mean "set"?)',
      '9: providers[0].model_options["o3*"].body.set.model: found model, expected a member other than model, stream, messages, input, contents',
      '9: providers[0].model_options["o3*"].body.remove[0]: found messages, expected a member other than model, stream, messages, input, contents',
      '10: providers[0].model_options["o3*"].models: found an unknown key, expected one of timeout, first_token_timeout, idle_timeout, connect_timeout, max_retries, headers, body',
      '11: providers[0].model_options.plain: found 5, expected a mapping',
    ]);
  });

  it('has every fault of file and environment at once, in the order of the file', () => {
    const yaml = `# first line
server:
  body_limit: 32
  shutdown_grac: 1s
auth:
  mode: opne
  keys:
    - { name: a, key: "" }
    - { name: a, key: secret-one, budget_usd: -1 }
providers:
  - name: Open AI
    vendor: opnai
    timeout: 30
    base_url: ftp://user:password@host/
  - name: b
    vendor: one-api
    headers: { x-number: 5, "bad name": x }
    models: [a, 5, ""]
    prices: { m: { input: 1 } }
  - just text
routing:
  cooldown: 60s
  max_cooldown: 1s
  default_route: smrt
  routes:
    - name: smart
      targets: [b/model, c, { target: b, weight: 0, priority: 1.5 }]
`;
    const error = new ConfigFault([]);
    expect(error.name).toBe('ConfigFault');
    expect(faultsOf(yaml, { PORT: 'abc', GATEWAY_API_KEYS: 'a:x,nocolonsecret,:x,y:' })).toEqual([
      '3: server.body_limit: found 32, expected a size with a unit, such as 512kb, 32mb or 1gb (a bare number does not say of what)',
      '4: server.shutdown_grac: found an unknown key, expected a known key (did you mean "shutdown_grace"?)',
      '6: auth.mode: found "opne", expected one of required, open (did you mean "open"?)',
      '8: auth.keys[0].key: found "", expected the secret that callers present, or its variable: ${NAME}',
      '9: auth.keys[1].budget_usd: found -1, expected a number of at least 0',
      '9: auth.keys[1].name: found "a", expected a name of its own: auth.keys[0] has it already',
      '11: providers[0].name: found "Open AI", expected a name of lower-case letters, digits, ".", "_" and "-" that begins with a letter or digit',
      `12: providers[0].vendor: found "opnai", expected one of ${VENDOR_NAMES.join(', ')} (did you mean "openai"?)`,
      `13: providers[0].timeout: found 30, expected ${DURATION} (a bare number does not say whether it is seconds or milliseconds)`,
      '14: providers[0].base_url: found "ftp://***@host/", expected a URL that begins with http:// or https:// and has no query',
      '15: providers[1].base_url: found nothing, expected a URL, as the vendor one-api has none of its own',
      '17: providers[1].headers.x-number: found a value that is not shown, expected a string of one line in ASCII (a number in quotes)',
      '17: providers[1].headers["bad name"]: found a name that no header can have, expected the name of a header: letters, digits and "-"',
      '18: providers[1].models[1]: found 5, expected a string that is not empty',
      '18: providers[1].models[2]: found "", expected a string that is not empty',
      '19: providers[1].prices.m.output: found nothing, expected a number of at least 0',
      '20: providers[2]: found "just text", expected a mapping',
      '23: routing.max_cooldown: found "1s", expected at least the cooldown (60s)',
      '24: routing.default_route: found "smrt", expected the name of a route: smart (did you mean "smart"?)',
      '27: routing.routes[0].targets[2].weight: found 0, expected a number above 0',
      '27: routing.routes[0].targets[2].priority: found 1.5, expected a whole number of at least 1',
      'environment: PORT: found "abc", expected a port number from 0 to 65535',
      'environment: GATEWAY_API_KEYS: found the name "a" in pair 1, expected a name of its own: config/gateway.yaml has it already',
      'environment: GATEWAY_API_KEYS: found no colon in pair 2, expected name:secret pairs with commas between',
      'environment: GATEWAY_API_KEYS: found no name in pair 3, expected name:secret pairs with commas between',
      'environment: GATEWAY_API_KEYS: found no secret in pair 4, expected name:secret pairs with commas between',
    ]);
  });

  it('is one message that begins with the number of faults and names the file', () => {
    const load = () => loadSettings({ GATEWAY_CONFIG: 'my.yaml' }, () => 'sever: {}\ncache: 5');
    expect(load).toThrow(
      'The configuration has 2 faults:\n' +
        '  my.yaml:1: sever: found an unknown key, expected a known key (did you mean "server"?)\n' +
        '  my.yaml:2: cache: found 5, expected a mapping',
    );
  });

  it.each<[string, string, string]>([
    ['a list for the whole file', '- a', 'config/gateway.yaml: found a list, expected a mapping'],
    ['a list for a section', 'server: []', '1: server: found an empty list, expected a mapping'],
    ['a mapping for a list', 'providers: {}', '1: providers: found a mapping, expected a list'],
    [
      'no provider in the list',
      'providers: []',
      '1: providers: found an empty list, expected at least one provider, or no `providers` for the built-in ones',
    ],
    [
      'a provider without name and vendor',
      'providers: [{ name: a }]',
      `1: providers[0].vendor: found nothing, expected one of ${VENDOR_NAMES.join(', ')}`,
    ],
    [
      'one string for a list',
      provider('api_keys: sk-secret'),
      '1: providers[0].api_keys: found a value that is not shown, expected a list of strings, such as ["one", "two"]',
    ],
    [
      'a number for a key',
      provider('api_keys: [12345]'),
      '1: providers[0].api_keys[0]: found a value that is not shown, expected a string',
    ],
    [
      'a zero timeout',
      provider('timeout: 0s'),
      '1: providers[0].timeout: found "0s", expected a duration above 0s',
    ],
    [
      'a timeout that no timer can wait for',
      provider('timeout: 30d'),
      '1: providers[0].timeout: found "30d", expected a duration of at most 24d',
    ],
    [
      'text for a flag',
      provider('allow_link_local: "yes"'),
      '1: providers[0].allow_link_local: found "yes", expected true or false',
    ],
    [
      'an infinite price',
      provider('prices: { m: { input: .inf, output: 1 } }'),
      '1: providers[0].prices.m.input: found Infinity, expected a number of at least 0',
    ],
    [
      'two providers of one name',
      'providers: [{ name: a, vendor: openai }, { name: a, vendor: xai }]',
      '1: providers[1].name: found "a", expected a name of its own: providers[0] has it already',
    ],
    [
      'a provider called as the route that is made',
      'providers: [{ name: auto, vendor: openai }]',
      '1: providers[0].name: found "auto", expected another name: auto is the route over all providers',
    ],
    [
      'an unknown provider in a short target',
      routing('routes: [{ name: r, targets: [opnai/gpt] }]'),
      '2: routing.routes[0].targets[0]: found "opnai/gpt", expected a provider of the list: openai (did you mean "openai"?)',
    ],
    [
      'an unknown provider in a long target',
      routing('routes: [{ name: r, targets: [{ target: nowhere }] }]'),
      '2: routing.routes[0].targets[0].target: found "nowhere", expected a provider of the list: openai',
    ],
    [
      'a target without a model after its slash',
      routing('routes: [{ name: r, targets: [openai/] }]'),
      '2: routing.routes[0].targets[0]: found "openai/", expected provider or provider/model',
    ],
    [
      'a route without targets',
      routing('routes: [{ name: r }]'),
      '2: routing.routes[0].targets: found nothing, expected a list with at least one entry',
    ],
    [
      'a route called as a provider',
      routing('routes: [{ name: openai, targets: [openai] }]'),
      '2: routing.routes[0].name: found "openai", expected a name that no provider has',
    ],
    [
      'two routes of one name',
      routing('routes: [{ name: r, targets: [openai] }, { name: r, targets: [openai] }]'),
      '2: routing.routes[1].name: found "r", expected a name of its own: routing.routes[0] has it already',
    ],
    [
      'a default route when there are no routes',
      routing('default_route: smart'),
      '2: routing.default_route: found "smart", expected the name of a route: auto',
    ],
    [
      'a highest cooldown below the default cooldown',
      routing('max_cooldown: 30s'),
      '2: routing.max_cooldown: found "30s", expected at least the cooldown (60s, its default)',
    ],
    [
      'two gateway keys of one secret',
      'auth: { keys: [{ name: a, key: same }, { name: b, key: same }] }',
      '1: auth.keys[1].key: found a value that is not shown, expected a secret of its own: auth.keys[0] has the same',
    ],
    [
      'an unset variable',
      provider('base_url: "${BASE}"'),
      '1: providers[0].base_url: found BASE unset, expected BASE in the environment, or a default: ${BASE:-...}',
    ],
    [
      'a broken reference',
      provider('model: "${BASE"'),
      '1: providers[0].model: found "${BASE", expected ${NAME} or ${NAME:-default}, or $${ for a literal ${',
    ],
    [
      'a key twice',
      'server:\n  body_limit: 1mb\n  body_limit: 2mb',
      '2: server.body_limit: found the key twice, again in line 3, expected it once',
    ],
  ])('names %s', (_, yaml, fault) => {
    expect(faultsOf(yaml)).toEqual([fault]);
  });

  it('shows what came out of a variable beside its name, but no secret', () => {
    const yaml = provider('timeout: "${WAIT}", max_retries: "${A_TOKEN}"');
    expect(faultsOf(yaml, { WAIT: 'long', A_TOKEN: 'hidden-value' })).toEqual([
      `1: providers[0].timeout: found "long" from \${WAIT}, expected ${DURATION}`,
      '1: providers[0].max_retries: found a value that is not shown from ${A_TOKEN}, expected a whole number of at least 0',
    ]);
  });

  it('stops at text that is not YAML, without quoting it, and still lists the environment', () => {
    const yaml = 'providers:\n  - api_keys: {} "sk-secret" sk-secret\n    name: sk-secret\n';
    const faults = faultsOf(yaml, { LOG_LEVEL: 'wran' });
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(/^2: not readable as YAML: /);
    expect(faults.join()).not.toContain('sk-secret');
    expect(faults[1]).toBe(
      'environment: LOG_LEVEL: found "wran", expected one of trace, debug, info, warn, error, fatal, silent (did you mean "warn"?)',
    );
  });

  it('names an alias without an anchor', () => {
    expect(faultsOf('server: *missing').join()).toMatch(/not readable as YAML: .*missing/);
  });

  it('names a configured file that is not there', () => {
    expect(faultsOf(undefined, { GATEWAY_CONFIG: 'other.yaml' })).toEqual([
      'environment: GATEWAY_CONFIG: found "other.yaml", expected the path of a file: there is none',
    ]);
  });

  it('names a file that cannot be read', () => {
    const readFile = () => {
      throw new Error('EISDIR: illegal operation on a directory, read');
    };
    expect(faultsOf(readFile, { GATEWAY_CONFIG: 'conf' })).toEqual([
      'conf: found a file that cannot be read (EISDIR: illegal operation on a directory, read), expected a readable one',
    ]);
  });

  it('refuses a prototype key like any other unknown key', () => {
    expect(faultsOf('__proto__: { a: 1 }')[0]).toMatch(/^1: __proto__: found an unknown key/);
  });
});
