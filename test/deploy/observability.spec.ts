import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readAlerts, readDashboards } from '../support/dashboards.js';

const ROOT = join(import.meta.dirname, '../..');
const read = <Shape>(path: string): Shape => parse(readFileSync(join(ROOT, path), 'utf8')) as Shape;

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly profiles?: readonly string[]; readonly volumes?: readonly string[] }>
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = read<Compose>('docker-compose.yml');

/** Where a folder of the repository is found in a container. */
function mountOf(service: string, folder: string): string | undefined {
  const mounts = compose.services[service]?.volumes ?? [];
  return mounts.find((mount) => mount.startsWith(`./${folder}:`))?.split(':')[1];
}

describe('docker compose', () => {
  it.each(['prometheus', 'grafana'])('starts %s only when it is asked to', (service) => {
    expect(compose.services[service]?.profiles).toEqual(['observability']);
  });

  it('mounts what is in the repository, or a volume that it makes', () => {
    for (const { volumes = [] } of Object.values(compose.services)) {
      for (const source of volumes.map((mount) => mount.split(':')[0] ?? '')) {
        const isThere = source.startsWith('./') ? existsSync(join(ROOT, source)) : source in compose.volumes;
        expect([source, isThere]).toEqual([source, true]);
      }
    }
  });

  it('gives Prometheus the alerts, and the gateway to scrape', () => {
    const { rule_files: files, scrape_configs: jobs } = read<{
      rule_files: readonly string[];
      scrape_configs: readonly {
        job_name: string;
        static_configs: readonly { targets: readonly string[] }[];
      }[];
    }>('deploy/prometheus/prometheus.yml');
    const folder = mountOf('prometheus', 'deploy/prometheus');
    expect(files).toEqual([`${folder ?? ''}/alerts.yml`]);
    expect(jobs).toMatchObject([{ job_name: 'sluice', static_configs: [{ targets: ['gateway:8000'] }] }]);
  });

  it('gives Grafana the dashboard, and Prometheus to ask', () => {
    const { providers } = read<{ providers: readonly { options: { path: string } }[] }>(
      'deploy/grafana/provisioning/dashboards/sluice.yaml',
    );
    expect(providers[0]?.options.path).toBe(mountOf('grafana', 'deploy/grafana/dashboards'));
    expect(basename(mountOf('grafana', 'deploy/grafana/provisioning') ?? '')).toBe('provisioning');
    const { datasources } = read<{ datasources: readonly { url: string }[] }>(
      'deploy/grafana/provisioning/datasources/prometheus.yaml',
    );
    expect(datasources[0]?.url).toBe('http://prometheus:9090');
  });
});

describe('the alerts', () => {
  const rules = readAlerts().groups.flatMap((group) => group.rules);

  it('have names of their own, a severity, and say what is the matter', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { labels, annotations } of rules) {
      expect(['critical', 'warning', 'info']).toContain(labels['severity']);
      expect(annotations['summary']).toMatch(/\S/);
    }
  });
});

describe('the dashboard', () => {
  it('has panels of their own numbers and titles, none without a target', () => {
    for (const { panels } of readDashboards()) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
      const empty = panels.filter(({ targets }) => targets?.length === 0);
      expect(empty).toEqual([]);
    }
  });
});
