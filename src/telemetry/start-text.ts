import type { ReportedProvider, StartReport } from '../common/start-report.js';

/** For machines, beside the members of the report. */
export function toStartLine({ address, providers, workers }: StartReport): string {
  const usable = providers.filter(({ unusable }) => unusable === null).map(({ name }) => name);
  return `Serving ${usable.join(', ')} on ${address}${ofWorkers(workers)}`;
}

/** For a person: a line each for address, documentation, callers, admin API and providers. */
export function toStartText({
  address,
  documentation,
  callers,
  admin,
  providers,
  workers,
}: StartReport): string {
  return [
    ['Address', address + ofWorkers(workers)],
    ['Documentation', documentation],
    ['Callers', callers],
    ['Admin', admin],
    ['Providers', toProviderText(providers)],
  ]
    .map(([name = '', text = '']) => `${name.padEnd(15)}${text}\n`)
    .join('');
}

function ofWorkers(workers: number): string {
  return workers > 1 ? ` with ${String(workers)} workers` : '';
}

function toProviderText(providers: readonly ReportedProvider[]): string {
  const usable = providers
    .filter(({ unusable }) => unusable === null)
    .map(({ name, model, keys }) => `${name} (${model ?? 'no default model'}, ${countKeys(keys)})`);
  const unusable = providers
    .filter((provider) => provider.unusable !== null)
    .map(({ name, unusable: reason }) => `${name} (${reason ?? ''})`);
  return unusable.length === 0
    ? usable.join(', ')
    : `${usable.join(', ')}; not usable: ${unusable.join(', ')}`;
}

function countKeys(keys: number): string {
  return keys === 1 ? '1 key' : `${String(keys)} keys`;
}
