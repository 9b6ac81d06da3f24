import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSettings } from './load-settings.js';
import { uncomment } from './schema/uncomment.js';
import type { Variables } from './variables.js';
import { VENDOR_NAMES } from './vendor-names.js';

const load = (yaml: string | undefined, variables: Variables = {}) => loadSettings(variables, () => yaml);

const minimal = 'providers: [{ name: openai, vendor: openai }]';

describe('loadSettings', () => {
  it('fills in every default', () => {
    expect(load(minimal)).toEqual({
      source: 'config/gateway.yaml',
      server: {
        bodyLimitBytes: 33_554_432,
        shutdownGraceMs: 120_000,
        maxInFlight: 2_000,
        maxEventLoopLagMs: 5_000,
        maxConnections: 10_000,
        requestTimeoutMs: 600_000,
        stalledClientTimeoutMs: 60_000,
        keepAliveTimeoutMs: 75_000,
        corsOrigins: [],
      },
      auth: { mode: 'required', publicOperations: true, keys: [] },
      providers: [
        {
          name: 'openai',
          vendor: 'openai',
          apiKeys: [],
          apiKeysGiven: false,
          apiKeyVariable: 'OPENAI_API_KEY',
          models: [],
          timeoutMs: 600_000,
          firstTokenTimeoutMs: 60_000,
          idleTimeoutMs: 60_000,
          connectTimeoutMs: 5_000,
          maxConnectionAgeMs: 300_000,
          maxRetries: 2,
          headers: {},
          modelOptions: [],
          prices: {},
          allowLinkLocal: false,
        },
      ],
      routing: {
        cooldownMs: 60_000,
        maxCooldownMs: 60_000,
        failuresBeforeCooldown: 2,
        maxAttempts: 6,
        maxWaitMs: 0,
        rateLimitWaitMs: 0,
        defaultRoute: 'auto',
        routes: [
          {
            name: 'auto',
            strategy: 'priority',
            streamCommit: 'first-content',
            earlyKeepAliveMs: 15_000,
            onContentFilter: 'stop',
            targets: [{ provider: 'openai', weight: 1, priority: 1 }],
          },
        ],
      },
      cache: { mode: 'on-request', ttlMs: 600_000, maxSizeBytes: 268_435_456 },
      logging: { requestLog: 'metadata', retentionMs: 2_592_000_000 },
      telemetry: { traceContent: false, traceVendors: true },
      warnings: [],
    });
  });

  it('freezes the whole snapshot', () => {
    const settings = load(minimal);
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.providers[0]?.headers)).toBe(true);
    expect(Object.isFrozen(settings.routing.routes[0]?.targets[0])).toBe(true);
  });

  it('reads everything that a provider can say', () => {
    const yaml = `
providers:
  - name: far
    vendor: openai-compatible
    base_url: https://far.example/v1//
    api_keys: ["one, two", two, "\${THIRD}"]
    model: m
    models: ["*"]
    timeout: 500ms
    first_token_timeout: 200ms
    idle_timeout: 2m
    connect_timeout: 1s
    max_retries: 0
    headers: { x-team: "\${TEAM}" }
    body: { set: { a: { b: [1, null] } }, default: { top_p: 0.5 }, remove: [user] }
    model_options:
      "m": { timeout: 20m, max_retries: 3, body: { remove: [seed] } }
      "o3*": { first_token_timeout: 5m, headers: { x-model: o3 } }
    prices: { "org/m-1.5": { input: 0.27, output: 1, cache_read: 0 } }
    allow_link_local: true
    data: { retention: zero, training: never, region: eu }
    api_version: "2024-10-21"`;
    expect(load(yaml, { THIRD: 'three,four', TEAM: 'blue' }).providers[0]).toEqual({
      name: 'far',
      vendor: 'openai-compatible',
      baseUrl: 'https://far.example/v1',
      apiKeys: ['one', 'two', 'three', 'four'],
      apiKeysGiven: true,
      apiKeyVariable: 'THIRD',
      model: 'm',
      models: ['*'],
      timeoutMs: 500,
      firstTokenTimeoutMs: 200,
      idleTimeoutMs: 120_000,
      connectTimeoutMs: 1_000,
      maxConnectionAgeMs: 300_000,
      maxRetries: 0,
      headers: { 'x-team': 'blue' },
      body: { set: { a: { b: [1, null] } }, default: { top_p: 0.5 }, remove: ['user'] },
      // A plain name goes over all patterns, wherever it stands.
      modelOptions: [
        { pattern: 'o3*', settings: { firstTokenTimeoutMs: 300_000, headers: { 'x-model': 'o3' } } },
        {
          pattern: 'm',
          settings: {
            timeoutMs: 1_200_000,
            maxRetries: 3,
            body: { set: {}, default: {}, remove: ['seed'] },
          },
        },
      ],
      prices: { 'org/m-1.5': { input: 0.27, output: 1, cacheRead: 0 } },
      data: { retention: 'zero', training: 'never', region: 'eu' },
      allowLinkLocal: true,
      apiVersion: '2024-10-21',
    });
  });

  it('reads routes, splitting a target at its first slash', () => {
    const yaml = `
providers: [{ name: router, vendor: openrouter }, { name: openai, vendor: openai }]
routing:
  cooldown: 10s
  max_cooldown: 5m
  routes:
    - name: smart
      strategy: weighted
      hedge_after: 3s
      stream_commit: buffered
      early_keep_alive: off
      on_content_filter: next
      targets:
        - router/org/model:free
        - { target: openai, weight: 0.5, priority: 2 }
    - { name: second, targets: [openai] }`;
    const { routing } = load(yaml);
    expect(routing).toMatchObject({ cooldownMs: 10_000, maxCooldownMs: 300_000, defaultRoute: 'smart' });
    expect(routing.routes[0]).toEqual({
      name: 'smart',
      strategy: 'weighted',
      hedgeAfterMs: 3_000,
      streamCommit: 'buffered',
      earlyKeepAliveMs: undefined,
      onContentFilter: 'next',
      targets: [
        { provider: 'router', model: 'org/model:free', weight: 1, priority: 1 },
        { provider: 'openai', weight: 0.5, priority: 2 },
      ],
    });
  });

  it('takes auto for the default route when there is one, wherever it stands', () => {
    const routes = 'routing: { routes: [{ name: a, targets: [openai] }, { name: auto, targets: [openai] }] }';
    expect(load(`${minimal}\n${routes}`).routing.defaultRoute).toBe('auto');
  });

  it('turns a value that is wholly a variable into the number or flag that is wanted', () => {
    const yaml = `
server: { max_in_flight: "\${MOST}" }
auth: { public_operations: "\${PUBLIC:-false}" }
providers: [{ name: openai, vendor: openai, model: "\${MOST}" }]`;
    const settings = load(yaml, { MOST: '12' });
    expect(settings.server.maxInFlight).toBe(12);
    expect(settings.auth.publicOperations).toBe(false);
    expect(settings.providers[0]?.model).toBe('12');
  });

  it('understands anchors, aliases and merge keys', () => {
    const yaml = `
providers:
  - &base { name: a, vendor: openai, timeout: 7s }
  - { <<: *base, name: b }`;
    expect(load(yaml).providers.map(({ name, timeoutMs }) => [name, timeoutMs])).toEqual([
      ['a', 7_000],
      ['b', 7_000],
    ]);
  });

  it('counts a key with nothing after it as absent', () => {
    expect(load(`${minimal}\nserver:\nrouting:\n  cooldown:\n`).routing.cooldownMs).toBe(60_000);
  });

  it.each([
    ['openai', 'any', 'OPENAI_API_KEY'],
    ['one-api', 'any', 'ONE_API_API_KEY'],
    ['openai-compatible', 'my.own-place', 'MY_OWN_PLACE_API_KEY'],
  ])('looks for the keys of vendor %s, named %s, in %s', (vendor, name, variable) => {
    const yaml = `providers: [{ name: ${name}, vendor: ${vendor}, base_url: "http://host/v1" }]`;
    expect(load(yaml, { [variable]: 'a, b,,a' }).providers[0]).toMatchObject({
      apiKeys: ['a', 'b'],
      apiKeysGiven: false,
      apiKeyVariable: variable,
    });
  });

  it('keeps a provider whose variables are unset or empty, without keys', () => {
    const yaml = 'providers: [{ name: openai, vendor: openai, api_keys: ["${ONE}", "${TWO}"] }]';
    expect(load(yaml, { TWO: '', OPENAI_API_KEY: 'not asked' }).providers[0]).toMatchObject({
      apiKeys: [],
      apiKeysGiven: true,
      apiKeyVariable: 'ONE',
    });
  });

  it('adds the keys of GATEWAY_API_KEYS to those of the file', () => {
    const yaml = `${minimal}\nauth: { keys: [{ name: file, key: "\${FILE_KEY}", models: [a], budget_usd: 5 }] }`;
    const { auth } = load(yaml, { FILE_KEY: 'secret-1', GATEWAY_API_KEYS: 'one:a:b, two:c,' });
    expect(auth.keys).toEqual([
      {
        name: 'file',
        secret: 'secret-1',
        models: ['a'],
        budgetUsd: 5,
        budgetPeriod: 'month',
        sharedCache: false,
      },
      { name: 'one', secret: 'a:b', models: ['*'], budgetPeriod: 'month', sharedCache: false },
      { name: 'two', secret: 'c', models: ['*'], budgetPeriod: 'month', sharedCache: false },
    ]);
  });

  it('keeps a gateway key whose variable is unset, with a secret that nobody can present, and warns', () => {
    const settings = load(`${minimal}\nauth: { keys: [{ name: a, key: "\${UNSET}" }] }`);
    expect(settings.auth.keys[0]?.secret).toMatch(/^[\w-]{43}$/);
    expect(settings.warnings).toEqual([
      'config/gateway.yaml: auth.keys[0] ("a") can never be presented, as its variable is not set',
    ]);
  });
});

describe('the built-in default', () => {
  it('has the providers whose keys are in the environment, and a route auto over them', () => {
    const settings = load(undefined, {
      ANTHROPIC_API_KEY: 'a',
      OPENAI_API_KEY: 'b,c',
      DEEPSEEK_API_KEY: ' ',
    });
    expect(settings.source).toBe('built-in default');
    expect(settings.providers.map(({ name, model, apiKeys }) => ({ name, model, apiKeys }))).toEqual([
      { name: 'openai', model: 'gpt-4o-mini', apiKeys: ['b', 'c'] },
      { name: 'anthropic', model: 'claude-haiku-4-5', apiKeys: ['a'] },
    ]);
    expect(settings.routing).toMatchObject({ cooldownMs: 60_000, defaultRoute: 'auto' });
    expect(settings.routing.routes.map(({ targets }) => targets.map(({ provider }) => provider))).toEqual([
      ['openai', 'anthropic'],
    ]);
  });

  it('names all three without keys when none is set, so that the start can say what to set', () => {
    const { providers } = load(undefined);
    expect(providers.map(({ apiKeyVariable, apiKeys }) => [apiKeyVariable, apiKeys])).toEqual([
      ['DEEPSEEK_API_KEY', []],
      ['OPENAI_API_KEY', []],
      ['ANTHROPIC_API_KEY', []],
    ]);
  });

  it('lends its providers to a file that has none', () => {
    const settings = load('routing: { cooldown: 5s, routes: [{ name: fast, targets: [deepseek] }] }');
    expect(settings.providers.map(({ name }) => name)).toEqual(['deepseek', 'openai', 'anthropic']);
  });
});

describe('the example file', () => {
  const example = readFileSync('config/gateway.yaml', 'utf8');

  it('needs nothing but vendor keys', () => {
    const settings = load(example, { DEEPSEEK_API_KEY: 'a' });
    expect(settings.providers.map(({ name, apiKeys }) => [name, apiKeys])).toEqual([
      ['deepseek', ['a']],
      ['openai', []],
      ['anthropic', []],
    ]);
    expect(settings.warnings).toEqual([]);
  });

  it('shows every vendor, and is valid with everything in it switched on', () => {
    const settings = load(uncomment(example), { TEAM_A_KEY: 'secret-a' });
    expect(new Set(settings.providers.map(({ vendor }) => vendor))).toEqual(new Set(VENDOR_NAMES));
    expect(settings.routing.routes.map(({ name }) => name)).toEqual(['auto', 'smart']);
    expect(settings.auth.keys).toHaveLength(1);
  });

  it('names the variable of each vendor that it shows', () => {
    const shown = example.split('\n');
    const preset = shown.flatMap((line, index) => {
      const name = /^ {2}# - name: ([a-z]+)$/.exec(line)?.[1];
      const comment = /^ {2}# ([A-Z]+_API_KEY)$/.exec(shown[index - 1] ?? '')?.[1];
      return name !== undefined && comment !== undefined ? [[`${name.toUpperCase()}_API_KEY`, comment]] : [];
    });
    expect(preset).toHaveLength(10);
    for (const [expected, comment] of preset) {
      expect(comment).toBe(expected);
    }
  });
});
