import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expectedText } from './answers.ts';
import type { BodyShape } from './bodies.ts';
import { Child, findFreePort } from './child.ts';
import type { SubjectName } from './figures.ts';
import { FAILOVER_ROUTE, gatewayConfig, MODEL, SECRET } from './gateway-config.ts';
import type { Behaviour } from './gateway-config.ts';
import type { LoadJob, LoadResult, RequestSpec } from './load-job.ts';
import type { Cores } from './machine.ts';
import type { BenchOptions } from './options.ts';
import { installPortkey } from './portkey.ts';

/** One kind of request. */
export interface Case {
  readonly behaviour: Behaviour;
  readonly body: BodyShape;
  /** Through the route whose first provider refuses connections. */
  readonly failover?: boolean;
  /** Answered by Sluice from its cache. */
  readonly cached?: boolean;
}

/** A server under test; `direct` is the upstream itself. */
export interface Subject {
  readonly name: SubjectName;
  readonly port: number;
  readonly child: Child;
}

/** A row that could not be measured: requests failed. */
export class MeasureFault extends Error {
  override readonly name = 'MeasureFault';
}

const HERE = import.meta.dirname;

/** All processes of a run: the upstream and the load generator on one core, the subjects on the other. */
export class Lab {
  readonly options: BenchOptions;
  private readonly cores: Cores | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  private readonly load: Child;
  private readonly upstream: Child;
  private readonly subjects = new Map<SubjectName, Subject>();
  private upstreamPort = 0;
  private portkeyScript: string | undefined;

  private constructor(options: BenchOptions, cores: Cores | undefined) {
    this.options = options;
    this.cores = cores;
    this.load = this.ours('load');
    this.upstream = this.ours('upstream');
  }

  static async open(options: BenchOptions, cores: Cores | undefined): Promise<Lab> {
    const lab = new Lab(options, cores);
    lab.upstreamPort = await lab.upstream.ready();
    lab.subjects.set('direct', { name: 'direct', port: lab.upstreamPort, child: lab.upstream });
    if (options.portkey) lab.portkeyScript = installPortkey(lab.folder);
    const names: SubjectName[] = [
      'floor',
      'sluice',
      ...(lab.portkeyScript === undefined ? [] : ['portkey' as const]),
    ];
    for (const name of names) lab.subjects.set(name, await lab.start(name));
    return lab;
  }

  /** Those of the names that take part in this run. */
  pick(...names: readonly SubjectName[]): Subject[] {
    return names.flatMap((name) => this.subjects.get(name) ?? []);
  }

  /** A fresh process of a gateway. */
  async start(name: SubjectName): Promise<Subject> {
    if (name === 'floor') {
      const child = this.ours('floor', String(this.upstreamPort));
      return { name, child, port: await child.ready() };
    }
    const port = await findFreePort();
    const child = name === 'sluice' ? await this.spawnSluice(port) : this.spawnPortkey(port);
    await child.listening(port);
    return { name, port, child };
  }

  /** Runs a job against a subject. @throws MeasureFault when an answer was wrong */
  async run(subject: Subject, cases: readonly Case[], job: LoopOf<LoadJob>): Promise<LoadResult> {
    const requests = cases.map((one) => this.toRequest(subject.name, one));
    const result = await this.load.ask<LoadResult>({ ...job, port: subject.port, requests });
    if (result.failed > 0) {
      const all = result.good + result.failed;
      throw new MeasureFault(
        `${subject.name}: ${String(result.failed)} of ${String(all)} requests failed: ${result.fault ?? ''}`,
      );
    }
    return result;
  }

  async close(): Promise<void> {
    const sluice = this.subjects.get('sluice')?.child;
    // A CPU profile is written at a proper end only.
    if (this.options.profile !== undefined) await sluice?.stop('SIGTERM');
    const children = [...this.subjects.values()].map(({ child }) => child);
    await Promise.all([...children, this.load].map((child) => child.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private toRequest(
    subject: SubjectName,
    { behaviour, body, failover = false, cached = false }: Case,
  ): RequestSpec {
    const isAnthropic = behaviour.startsWith('anthropic');
    const vendorPath = `/${behaviour}/v1/${isAnthropic ? 'messages' : 'chat/completions'}`;
    const common = { body, model: MODEL, text: expectedText(behaviour) };
    const answer = behaviour === 'json' ? 'json' : 'openai-stream';
    const path = '/v1/chat/completions';
    switch (subject) {
      case 'direct':
      case 'floor':
        return {
          ...common,
          path: vendorPath,
          headers: {},
          answer: isAnthropic ? 'anthropic-stream' : answer,
        };
      case 'sluice': {
        const model = failover ? FAILOVER_ROUTE : `${behaviour}/${MODEL}`;
        const headers = {
          authorization: `Bearer ${SECRET}`,
          ...(cached ? { 'x-sluice-cache-ttl': '1h' } : {}),
        };
        return { ...common, path, headers, model, answer, cached };
      }
      case 'portkey': {
        const headers = {
          authorization: 'Bearer bench-vendor-key',
          'x-portkey-provider': isAnthropic ? 'anthropic' : 'openai',
          'x-portkey-custom-host': `http://127.0.0.1:${String(this.upstreamPort)}/${behaviour}/v1`,
        };
        return { ...common, path, headers, answer };
      }
    }
  }

  private ours(name: 'load' | 'upstream' | 'floor', ...parameters: string[]): Child {
    const core = name === 'floor' ? this.cores?.gateway : this.cores?.others;
    return new Child({ name, core, parameters: [join(HERE, `${name}.ts`), ...parameters] });
  }

  private async spawnSluice(port: number): Promise<Child> {
    const config = join(this.folder, `gateway-${String(port)}.yaml`);
    writeFileSync(config, gatewayConfig(this.upstreamPort, await findFreePort()));
    const { profile, main } = this.options;
    const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
    return new Child({
      name: 'sluice',
      core: this.cores?.gateway,
      parameters: [...profiling, resolve(main)],
      // An empty folder: no .env and no data of the repository.
      folder: this.folder,
      environment: {
        PORT: String(port),
        GATEWAY_CONFIG: config,
        DATABASE_URL: `sqlite:${join(this.folder, `${String(port)}.db`)}`,
        LOG_LEVEL: 'info',
      },
    });
  }

  private spawnPortkey(port: number): Child {
    const parameters = [this.portkeyScript ?? '', `--port=${String(port)}`, '--headless'];
    return new Child({ name: 'portkey', core: this.cores?.gateway, parameters, folder: this.folder });
  }
}

/** A job without what the lab adds. */
type LoopOf<Job> = Job extends unknown ? Omit<Job, 'port' | 'requests'> : never;
