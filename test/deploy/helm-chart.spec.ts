import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../src/config/load-settings.js';
import { findSchemaFaults, findUnknownMembers, type Manifest } from '../support/check-manifests.js';
import { describeWithHelm, lintChart, renderChart } from '../support/helm.js';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'deploy/helm/sluice');
const readText = (...path: readonly string[]): string => readFileSync(join(...path), 'utf8');
const readYaml = (...path: readonly string[]): unknown => parse(readText(...path));

/** Everything that the chart can be asked for. */
const EVERYTHING = {
  image: { repository: 'registry.example.com/sluice', tag: '1.2.3', pullSecrets: ['registry'] },
  replicas: 3,
  autoscaling: { enabled: false },
  secret: { values: { OPENAI_API_KEY: 'a key: "quoted"', GATEWAY_ADMIN_KEY: 'another' } },
  env: [{ name: 'LOG_LEVEL', value: 'debug' }],
  service: { type: 'LoadBalancer', port: 80, annotations: { one: 'two' } },
  ingress: {
    enabled: true,
    className: 'nginx',
    annotations: { 'nginx.ingress.kubernetes.io/proxy-buffering': 'off' },
    host: 'ai.example.com',
    tlsSecret: 'certificate',
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' }, useAdminKey: true },
  podAnnotations: { one: 'two' },
  podLabels: { three: 'four' },
  nodeSelector: { disk: 'fast' },
  tolerations: [{ key: 'gateway', operator: 'Exists' }],
  affinity: { podAntiAffinity: {} },
};
/** As little as it can be asked for. */
const LITTLE = {
  autoscaling: { enabled: false },
  podDisruptionBudget: { enabled: false },
  networkPolicy: { enabled: false },
  secret: { existing: 'mine' },
};

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [
          {
            readonly image: string;
            readonly env: readonly { readonly name: string; readonly value: string }[];
            readonly envFrom: unknown;
          },
        ];
      };
    };
  };
}

describe('the values of the chart', () => {
  const check = new Ajv({ allowUnionTypes: true, strictRequired: false }).compile(
    JSON.parse(readText(CHART, 'values.schema.json')) as object,
  );
  const defaults = readYaml(CHART, 'values.yaml') as Record<string, object>;

  it('are as its schema says, and each of them is in the schema', () => {
    expect([check(defaults), check.errors]).toEqual([true, null]);
    const { properties } = JSON.parse(readText(CHART, 'values.schema.json')) as { properties: object };
    expect(Object.keys(properties).sort()).toEqual([...Object.keys(defaults), 'global'].sort());
  });

  it.each([
    ['a misspelled one', { replica: 3 }],
    ['a misspelled one below', { autoscaling: { ...defaults['autoscaling'], max: 3 } }],
    ['a number as text', { replicas: '3' }],
    ['an ingress without a host', { ingress: { enabled: true, host: '' } }],
    ['a variable in lower case', { secret: { values: { key: 'x' } } }],
    ['a configuration without providers', { config: {} }],
  ])('are refused with %s', (_, values) => {
    expect(check({ ...defaults, ...values })).toBe(false);
  });

  it('carry the version of this repository', () => {
    const { version } = JSON.parse(readText(ROOT, 'package.json')) as { version: string };
    expect(readYaml(CHART, 'Chart.yaml')).toMatchObject({ version, appVersion: version });
  });
});

describe('the manifests beside the chart', () => {
  const { resources } = readYaml(ROOT, 'deploy/kubernetes/kustomization.yaml') as {
    resources: readonly string[];
  };
  const manifests = resources.map((file) => readYaml(ROOT, 'deploy/kubernetes', file) as Manifest);

  it('are what Kubernetes expects, and hold nothing that it does not know', () => {
    expect(findSchemaFaults(manifests)).toEqual([]);
    expect(findUnknownMembers(manifests)).toEqual([]);
  }, 60_000);

  it('would be found out if they were not', () => {
    const [first] = manifests;
    expect(findSchemaFaults([{ ...first!, metadata: { name: 1 } } as unknown as Manifest])).toHaveLength(1);
    expect(findUnknownMembers([{ ...first!, dta: {} } as Manifest]).join()).toContain('"dta"');
  }, 60_000);
});

describeWithHelm('the Helm chart', () => {
  const render = (values: object) => renderChart(values) as Manifest[];
  const kindsOf = (values: object) =>
    render(values)
      .map(({ kind }) => kind)
      .sort();
  const find = <Kind extends Manifest>(values: object, kind: string) =>
    render(values).find((manifest) => manifest.kind === kind) as Kind;

  it('has no fault that Helm knows of', () => {
    expect(lintChart()).toContain('0 chart(s) failed');
  });

  it('makes what is asked for', () => {
    const always = ['ConfigMap', 'Deployment', 'Service'];
    const usual = [...always, 'HorizontalPodAutoscaler', 'NetworkPolicy', 'PodDisruptionBudget', 'Secret'];
    expect(kindsOf({})).toEqual(usual.sort());
    expect(kindsOf(LITTLE)).toEqual(always);
    const more = usual.filter((kind) => kind !== 'HorizontalPodAutoscaler');
    expect(kindsOf(EVERYTHING)).toEqual([...more, 'Ingress', 'ServiceMonitor'].sort());
  });

  it.each([
    ['the defaults', {}],
    ['everything', EVERYTHING],
    ['little', LITTLE],
  ])(
    'makes what Kubernetes expects, with %s',
    (_, values) => {
      const manifests = render(values);
      expect(findSchemaFaults(manifests)).toEqual([]);
      expect(findUnknownMembers(manifests)).toEqual([]);
    },
    60_000,
  );

  it('runs the same pods as the plain manifests', () => {
    const plain = readYaml(ROOT, 'deploy/kubernetes/deployment.yaml') as Deployment;
    const made = find<Deployment>({}, 'Deployment');
    const withoutNames = ({ spec }: Deployment) => {
      const { containers, ...pod } = spec.template.spec;
      const [{ image: _image, ...container }] = containers;
      return { ...pod, containers: [container], topologySpreadConstraints: [] };
    };
    expect(withoutNames(made)).toEqual(withoutNames(plain));
    expect(made.spec.replicas).toBe(plain.spec.replicas);
  });

  it('heeds its values', () => {
    const { spec } = find<Deployment>(EVERYTHING, 'Deployment');
    const [container] = spec.template.spec.containers;
    expect(spec.replicas).toBe(3);
    expect(container.image).toBe('registry.example.com/sluice:1.2.3');
    expect(container.env).toContainEqual({ name: 'LOG_LEVEL', value: 'debug' });
    expect(find(EVERYTHING, 'Secret')).toMatchObject({
      stringData: { OPENAI_API_KEY: 'a key: "quoted"', GATEWAY_ADMIN_KEY: 'another' },
    });
    expect(find(EVERYTHING, 'ServiceMonitor')).toMatchObject({
      spec: {
        endpoints: [
          { path: '/metrics', authorization: { credentials: { name: 'sluice', key: 'GATEWAY_ADMIN_KEY' } } },
        ],
      },
    });
    const [withSecret] = find<Deployment>(LITTLE, 'Deployment').spec.template.spec.containers;
    expect(withSecret.envFrom).toEqual([{ secretRef: { name: 'mine' } }]);
  });

  it('gives the gateway a configuration that it takes', () => {
    const { data } = find<Manifest & { data: Record<string, string> }>({}, 'ConfigMap');
    const file = data['gateway.yaml'];
    const settings = loadSettings(
      { GATEWAY_CONFIG: '/etc/sluice/gateway.yaml', OPENAI_API_KEY: 'k' },
      () => file,
    );
    expect(settings.providers.map(({ name }) => name)).toEqual(['deepseek', 'openai', 'anthropic']);
    const plain = readYaml(ROOT, 'deploy/kubernetes/configmap.yaml') as { data: Record<string, string> };
    expect(parse(file ?? '')).toEqual(parse(plain.data['gateway.yaml'] ?? ''));
    const { terminationGracePeriodSeconds } = find<Deployment>({}, 'Deployment').spec.template.spec;
    expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(
      settings.server.shutdownGraceMs + 10_000,
    );
  });

  it('refuses values that its schema does not know', () => {
    expect(() => render({ replica: 3 })).toThrow();
  });
});
