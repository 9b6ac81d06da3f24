import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'node_modules/.cache/sluice-manifests');

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Packages with the schemas of Kubernetes and of the Prometheus operator, by the group of a manifest's version. */
function packageOf(apiVersion: string): string {
  return apiVersion.startsWith('monitoring.coreos.com/')
    ? `@kubernetes-models/prometheus-operator/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;
}

/** Checks manifests by the schemas of Kubernetes: types, mandatory members, values. One line for each fault. */
export async function findSchemaFaults(manifests: readonly Manifest[]): Promise<string[]> {
  const faults: string[] = [];
  for (const manifest of manifests) {
    const models = (await import(packageOf(manifest.apiVersion))) as Readonly<
      Record<string, new (data: unknown) => { validate(): void }>
    >;
    const Model = models[manifest.kind];
    if (Model === undefined) {
      faults.push(`${manifest.apiVersion} ${manifest.kind}: there is no schema`);
      continue;
    }
    try {
      new Model(manifest).validate();
    } catch (error) {
      faults.push(`${manifest.kind} ${manifest.metadata.name}: ${String(error)}`);
    }
  }
  return faults;
}

/**
 * Finds members that Kubernetes does not know, which its schemas allow and its API server drops without a word: the
 * manifests are compiled as values of Kubernetes' types.
 */
export function findUnknownMembers(manifests: readonly Manifest[]): string[] {
  const lines = manifests.map(
    (manifest, index) =>
      `import type { I${manifest.kind} as Type${index} } from '${packageOf(manifest.apiVersion)}';\n` +
      `export const manifest${index}: Type${index} = ${JSON.stringify(manifest)};\n`,
  );
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `manifests-${process.pid}.ts`);
  writeFileSync(file, lines.join(''));
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
