import { describe, expect, test } from 'vitest';
import { AnthropicAdapter } from '../providers/anthropic/anthropic.adapter.js';
import { OpenaiCompatibleAdapter } from '../providers/openai-compatible/openai-compatible.adapter.js';
import { PRESETS } from '../providers/openai-compatible/presets.js';
import { OpenaiAdapter } from '../providers/openai/openai.adapter.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { loadSettings } from '../config/load-settings.js';
import { GatewayError } from '../contract/gateway-error.js';
import { resolveRoute } from './resolve-route.js';
import { RouteTable, type Routes } from './route-table.js';

const YAML = `
providers:
  - { name: one, vendor: openai, api_keys: [key-1], model: small, models: [small, large] }
  - { name: two, vendor: openai-compatible, base_url: "http://127.0.0.1:1/v1", api_keys: [key-2], model: tiny, models: [tiny, "large*", "org/*"] }
  - { name: three, vendor: anthropic, api_keys: [key-3], model: clever }
routing:
  default_route: main
  routes:
    - name: main
      targets: [one, three]
    - name: smart
      on_content_filter: next
      targets:
        - { target: two, priority: 2 }
        - { target: one/experimental, priority: 1 }
        - { target: three, priority: 1 }
    - name: small
      targets: [two]
`;

function routesOf(yaml: string): Routes {
  const registry = new ProviderRegistry([
    new OpenaiAdapter(),
    new AnthropicAdapter(),
    new OpenaiCompatibleAdapter(PRESETS),
  ]);
  return new RouteTable(registry).routesOf(loadSettings({ GATEWAY_CONFIG: 'a.yaml' }, () => yaml));
}

const routes = routesOf(YAML);
const targetsOf = (model?: string, provider?: string): string[] =>
  resolveRoute({ model, provider }, routes).targets.map(
    (target) => `${target.endpoint.name}/${target.model}`,
  );

function errorOf(model?: string, provider?: string): GatewayError {
  try {
    resolveRoute({ model, provider }, routes);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('was resolved');
}

describe('how a model is named', () => {
  test.each<[string, string | undefined, string[]]>([
    ['absent: the default route', undefined, ['one/small', 'three/clever']],
    ['empty: the default route', '', ['one/small', 'three/clever']],
    ['auto: the default route', 'auto', ['one/small', 'three/clever']],
    [
      "a route's name: its targets by priority, then by place",
      'smart',
      ['one/experimental', 'three/clever', 'two/tiny'],
    ],
    ['a route goes before a model of the same name', 'small', ['two/tiny']],
    ['provider/model', 'one/large', ['one/large']],
    ['provider/model through a pattern', 'two/large-2', ['two/large-2']],
    [
      'provider/model of a route, though the provider does not list it',
      'one/experimental',
      ['one/experimental'],
    ],
    ['a bare model: the providers that list it, in priority order', 'large', ['one/large', 'two/large']],
    ['a bare model that one provider serves by default', 'clever', ['three/clever']],
    ['a bare model with a slash of its own', 'org/model', ['two/org/model']],
  ])('%s', (_name, model, expected) => {
    expect(targetsOf(model)).toEqual(expected);
  });

  test('a route called auto is the route, whatever the default is', () => {
    const named = routesOf(YAML.replace('name: smart', 'name: auto'));
    expect(resolveRoute({ model: 'auto' }, named).name).toBe('auto');
    expect(resolveRoute({ model: undefined }, named).name).toBe('main');
  });

  test('settings of a route come with it', () => {
    expect(resolveRoute({ model: 'smart' }, routes)).toMatchObject({
      name: 'smart',
      onContentFilter: 'next',
    });
    expect(resolveRoute({ model: 'large' }, routes)).toMatchObject({ onContentFilter: 'stop' });
  });

  test.each([
    ['one/unknown', 'one/large'],
    ['smrat', 'smart'],
    ['larg', 'large'],
    ['thre/clever', 'three/clever'],
    ['nothing-like-it', ''],
  ])('%s is unknown: 404 with the nearest names', (model, nearest) => {
    const error = errorOf(model);
    expect(error).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' });
    expect(error.message).toContain(JSON.stringify(model));
    expect(error.message).toMatch(/nearest names are: \S+, \S+, \S+$/);
    expect(error.message).toContain(nearest);
  });

  test('an absurdly long name is not repeated whole', () => {
    expect(errorOf('x'.repeat(10_000)).message.length).toBeLessThan(400);
  });
});

describe('a pinned provider', () => {
  test.each<[string, string | undefined, string, string[]]>([
    ['alone: its default model', undefined, 'two', ['two/tiny']],
    ['with auto: its place in the default route', 'auto', 'three', ['three/clever']],
    ['with auto and no place in the default route', 'auto', 'two', ['two/tiny']],
    ['with a route: its places there', 'smart', 'one', ['one/experimental']],
    ['with a bare model', 'large', 'one', ['one/large']],
    ['with its own provider/model', 'one/large', 'one', ['one/large']],
    ['with a model that a route gives it', 'experimental', 'one', ['one/experimental']],
  ])('%s', (_name, model, provider, expected) => {
    expect(targetsOf(model, provider)).toEqual(expected);
  });

  test('with a model that it does not serve is 404', () => {
    expect(errorOf('large', 'three')).toMatchObject({ code: 'model_not_found', status: 404 });
  });

  test('that nobody has is 400 with the nearest name', () => {
    const error = errorOf(undefined, 'thre');
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, param: 'provider' });
    expect(error.message).toMatch(
      /no provider "thre" \(did you mean "three"\?\); there are: one, two, three$/,
    );
    expect(errorOf(undefined, 'x'.repeat(100_000)).message.length).toBeLessThan(400);
  });

  test('that is a vendor which nobody configured is 503 and named', () => {
    expect(errorOf(undefined, 'mistral')).toMatchObject({
      code: 'upstream_unavailable',
      status: 503,
      details: ['mistral: not configured'],
      shouldRetry: false,
    });
  });
});
