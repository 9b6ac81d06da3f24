import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadSettings } from '../../src/config/load-settings.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'deploy/kubernetes');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  readonly securityContext: unknown;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
  }[];
}

interface Labelled {
  readonly matchLabels: Readonly<Record<string, string>>;
}

interface Deployment {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: Labelled;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly automountServiceAccountToken: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: unknown;
        readonly topologySpreadConstraints: readonly { readonly labelSelector: Labelled }[];
        readonly containers: readonly [Container];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
          readonly emptyDir?: unknown;
        }[];
      };
    };
  };
}

interface GatewayFile {
  readonly server: { readonly shutdown_grace: string };
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const read = <T>(file: string): T => parse(readFileSync(join(FOLDER, file), 'utf8')) as T;

const deployment = read<Deployment>('deployment.yaml');
const pod = deployment.spec.template.spec;
const [gateway] = pod.containers;
const podLabels = deployment.spec.template.metadata.labels;
const gatewayYaml = read<{ data: { 'gateway.yaml': string } }>('configmap.yaml').data['gateway.yaml'];
const gatewayFile = parse(gatewayYaml) as GatewayFile;
const secret = read<{ stringData: Readonly<Record<string, string>> }>('secret.yaml');

const seconds = (duration: string): number => {
  const amount = /^(\d+)s$/.exec(duration)?.[1];
  if (amount === undefined) throw new Error(`not in seconds: ${duration}`);
  return Number(amount);
};

describe('the Kubernetes manifests', () => {
  const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml');

  it.each([...files, 'kustomization.yaml'])(
    '%s is one YAML document without an error or a warning',
    (file) => {
      const documents = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8'));
      expect(documents).toHaveLength(1);
      expect([...(documents[0]?.errors ?? []), ...(documents[0]?.warnings ?? [])]).toEqual([]);
    },
  );

  it('are all listed in the kustomization', () => {
    const { resources } = read<{ resources: readonly string[] }>('kustomization.yaml');
    expect([...resources].sort()).toEqual([...files].sort());
  });

  it('carry one name and leave the namespace to whoever applies them', () => {
    const metadata = files.map((file) => read<Manifest>(file).metadata);
    expect(metadata.map(({ name, namespace }) => ({ name, namespace }))).toEqual(
      files.map(() => ({ name: 'sluice', namespace: undefined })),
    );
  });

  it('run the image and the version of this repository', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const { images } = read<{ images: readonly { name: string; newTag: string }[] }>('kustomization.yaml');
    expect(images).toEqual([expect.objectContaining({ name: gateway.image, newTag: version })]);
  });
});

describe('the Deployment', () => {
  it('asks the probes of the gateway, and never the vendors', () => {
    expect(gateway.startupProbe.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(gateway.livenessProbe.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(gateway.readinessProbe.httpGet).toEqual({ path: '/health/ready', port: 'http' });
  });

  it('listens where its port says', () => {
    const port = String(gateway.ports.find(({ name }) => name === 'http')?.containerPort);
    expect(gateway.env).toContainEqual({ name: 'PORT', value: port });
    expect(gateway.env).toContainEqual({ name: 'HOST', value: '0.0.0.0' });
  });

  it('gives running streams the whole shutdown grace, and time to finish the records', () => {
    const needed = gateway.lifecycle.preStop.sleep.seconds + seconds(gatewayFile.server.shutdown_grace);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needed + 5);
  });

  it('runs as nobody in particular, on a read-only disk, with no rights', () => {
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(gateway.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('has a writable place for data and for temporary files', () => {
    for (const mountPath of ['/app/data', '/tmp']) {
      const mount = gateway.volumeMounts.find((candidate) => candidate.mountPath === mountPath);
      expect(pod.volumes.find(({ name }) => name === mount?.name)?.emptyDir).toBeDefined();
    }
  });

  it('mounts the configuration as a directory, so that a changed ConfigMap arrives', () => {
    const mount = gateway.volumeMounts.find(({ name }) => name === 'config');
    expect(mount).not.toHaveProperty('subPath');
    expect(gateway.env).toContainEqual({
      name: 'GATEWAY_CONFIG',
      value: `${mount?.mountPath ?? ''}/gateway.yaml`,
    });
    expect(pod.volumes.find(({ name }) => name === 'config')?.configMap?.name).toBe('sluice');
  });

  it('asks for processor and memory, and bounds the memory', () => {
    expect(Object.keys(gateway.resources.requests).sort()).toEqual(['cpu', 'memory']);
    expect(gateway.resources.limits).toHaveProperty('memory');
  });

  it('leaves the number of replicas to the autoscaler', () => {
    expect(deployment.spec.replicas).toBeUndefined();
    const autoscaler = read<{ spec: { scaleTargetRef: unknown } }>('horizontal-pod-autoscaler.yaml');
    expect(autoscaler.spec.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'sluice',
    });
  });

  it('takes its secrets from the Secret, which holds none', () => {
    expect(gateway.envFrom).toEqual([{ secretRef: { name: 'sluice' } }]);
    const keys = Object.entries(secret.stringData).filter(([name]) => /_KEYS?$/.test(name));
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter(([, value]) => value !== '')).toEqual([]);
  });
});

describe('what selects the pods', () => {
  const selectors: readonly (readonly [string, () => Readonly<Record<string, string>>])[] = [
    ['the Deployment', () => deployment.spec.selector.matchLabels],
    ['the Service', () => read<{ spec: { selector: Record<string, string> } }>('service.yaml').spec.selector],
    [
      'the PodDisruptionBudget',
      () => read<{ spec: { selector: Labelled } }>('pod-disruption-budget.yaml').spec.selector.matchLabels,
    ],
    [
      'the NetworkPolicy',
      () => read<{ spec: { podSelector: Labelled } }>('network-policy.yaml').spec.podSelector.matchLabels,
    ],
    ...pod.topologySpreadConstraints.map(
      ({ labelSelector }, index) => [`spread ${index + 1}`, () => labelSelector.matchLabels] as const,
    ),
  ];

  it.each(selectors)('%s matches their labels', (_, selector) => {
    expect(Object.keys(selector())).not.toHaveLength(0);
    expect(podLabels).toMatchObject(selector());
  });
});

describe('the NetworkPolicy', () => {
  interface Rule {
    readonly to?: readonly {
      readonly ipBlock?: { readonly cidr: string; readonly except: readonly string[] };
    }[];
    readonly from?: readonly unknown[];
    readonly ports: readonly { readonly port: number }[];
  }
  const { spec } = read<{
    spec: { policyTypes: readonly string[]; ingress: readonly Rule[]; egress: readonly Rule[] };
  }>('network-policy.yaml');

  it('restricts both directions', () => {
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  });

  it('lets labelled namespaces in, at the port of the gateway', () => {
    expect(spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([8000]);
    expect(spec.ingress.every(({ from }) => from !== undefined && from.length > 0)).toBe(true);
  });

  it('lets names, vendors, PostgreSQL and Redis be reached, and nothing else', () => {
    const ports = new Set(spec.egress.flatMap((rule) => rule.ports.map(({ port }) => port)));
    expect([...ports].sort((a, b) => a - b)).toEqual([53, 443, 5432, 6379]);
    expect(spec.egress.every(({ to }) => to !== undefined && to.length > 0)).toBe(true);
  });

  it('keeps the metadata service of the cloud out of reach', () => {
    const blocks = spec.egress.flatMap(({ to }) => (to ?? []).flatMap(({ ipBlock }) => ipBlock ?? []));
    expect(blocks.find(({ cidr }) => cidr === '0.0.0.0/0')?.except).toContain('169.254.0.0/16');
    expect(blocks.find(({ cidr }) => cidr === '::/0')?.except).toContain('fe80::/10');
  });
});

describe('the configuration in the ConfigMap', () => {
  const environment = {
    ...secret.stringData,
    ...Object.fromEntries(gateway.env.map(({ name, value }) => [name, value])),
  };
  const settings = loadSettings(environment, (path) =>
    path === '/etc/sluice/gateway.yaml' ? gatewayYaml : undefined,
  );

  it('is taken by the gateway, with the environment of the Deployment and of the Secret', () => {
    expect(settings.source).toContain('/etc/sluice/gateway.yaml');
    expect(settings.auth.mode).toBe('required');
    expect(settings.server.shutdownGraceMs).toBe(seconds(gatewayFile.server.shutdown_grace) * 1000);
  });

  it('has a place in the Secret for the key of every provider', () => {
    const variables = settings.providers.map(({ apiKeyVariable }) => apiKeyVariable);
    expect(Object.keys(secret.stringData)).toEqual(expect.arrayContaining(variables));
  });
});
