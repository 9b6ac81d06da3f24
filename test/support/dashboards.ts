import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const DEPLOY = join(import.meta.dirname, '../../deploy');

/** An expression that somebody is to look at or be woken by. */
export interface Expression {
  /** Where it stands, for messages. */
  readonly place: string;
  readonly promql: string;
  /** Labels that the text beside it shows. */
  readonly shown: readonly string[];
}

interface Rules {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

export function readAlerts(): Rules {
  return parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')) as Rules;
}

export function readDashboards(): Dashboard[] {
  const folder = join(DEPLOY, 'grafana/dashboards');
  return readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard);
}

/** Every expression of the alerts and of the dashboards, with values in the place of Grafana's variables. */
export function listExpressions(): Expression[] {
  const alerts = readAlerts().groups.flatMap(({ rules }) =>
    rules.map(({ alert, expr, annotations }) => ({
      place: `alert ${alert}`,
      promql: expr,
      shown: labelsIn(Object.values(annotations).join(' '), /\$labels\.(\w+)/g),
    })),
  );
  const panels = readDashboards().flatMap((dashboard) => [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({
        place: `panel ${title}`,
        promql: withValues(expr, dashboard),
        shown: labelsIn(legendFormat, /\{\{(\w+)\}\}/g),
      })),
    ),
    ...dashboard.templating.list.flatMap(({ name, definition }) => {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition ?? '') ?? [];
      return metric === undefined || label === undefined
        ? []
        : [{ place: `variable ${name}`, promql: metric, shown: [label] }];
    }),
  ]);
  return [...alerts, ...panels];
}

function withValues(promql: string, { templating }: Dashboard): string {
  const names = templating.list.map(({ name }) => name);
  return promql
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__range', '1h')
    .replaceAll(/\$(\w+)/g, (whole, name: string) => (names.includes(name) ? '.*' : whole));
}

function labelsIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, label = '']) => label);
}
