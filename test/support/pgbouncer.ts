import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describeWithProgram, findProgram } from './describe-with-program.js';
import { freePort } from './free-port.js';
import { endBy, untilItSays } from './child-server.js';

/** Where Debian installs it, which is on the PATH of root alone. */
const FOLDERS = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin`;
const PROGRAM = findProgram('pgbouncer', FOLDERS);
/** It refuses to run as root; this account is on every system and owns nothing. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** A suite that needs PgBouncer. */
export function describeWithPgBouncer(name: string, suite: () => void): void {
  describeWithProgram('pgbouncer', 'Debian: apt-get install pgbouncer', name, suite, FOLDERS);
}

/**
 * A pooler in transaction mode in front of a PostgreSQL, on a free port of the loopback interface. It has fewer sessions
 * than its clients have connections, so that they change hands all the time.
 */
export class PgBouncer {
  private readonly directory = mkdtempSync(join(tmpdir(), 'sluice-pgbouncer-'));
  private child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  /** @param server URL of any database of the server */
  static async start(server: string): Promise<PgBouncer> {
    const pooler = new PgBouncer(await freePort());
    const { hostname, port, username, password } = new URL(server);
    const users = join(pooler.directory, 'users.txt');
    writeFileSync(users, `"${username}" "${password}"\n`);
    writeFileSync(
      pooler.config,
      `
[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(pooler.port)}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
server_round_robin = 1
`,
    );
    if (isRoot) for (const path of [pooler.directory, users, pooler.config]) chownSync(path, NOBODY, NOBODY);
    await pooler.start();
    return pooler;
  }

  /** The database of this URL, through the pooler. */
  urlOf(database: string): string {
    const url = new URL(database);
    url.port = String(this.port);
    return url.href;
  }

  /** Starts it anew after `kill`. */
  async start(): Promise<void> {
    if (PROGRAM === undefined) throw new Error('pgbouncer is not installed');
    const child = spawn(PROGRAM, [this.config], {
      ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
      cwd: this.directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    await untilItSays(child, child.stderr, 'pgbouncer', 'process up');
  }

  /** SIGKILL; its connections break. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    await endBy(child, 'SIGKILL');
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get config(): string {
    return join(this.directory, 'pgbouncer.ini');
  }
}
