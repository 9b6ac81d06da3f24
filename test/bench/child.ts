import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadyMessage } from './serve-child.ts';

export interface ChildOptions {
  /** For messages. */
  readonly name: string;
  /** Node's parameters: its own options, the script, the script's parameters. */
  readonly parameters: readonly string[];
  /** `undefined`: not pinned. */
  readonly core: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

const START_MS = 30_000;
const STOP_MS = 10_000;
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A Node process of the benchmark, on its core; it ends with the benchmark. */
export class Child {
  readonly name: string;
  readonly process: ChildProcess;
  private errors = '';

  constructor({ name, parameters, core, environment = {}, folder }: ChildOptions) {
    this.name = name;
    const line = [process.execPath, ...parameters];
    // taskset replaces itself by the command, so the id is that of Node.
    const [command = '', ...rest] = core === undefined ? line : ['taskset', '-c', core, ...line];
    this.process = spawn(command, rest, {
      // Standard output is /dev/null: a log is written, and nobody reads it.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
      cwd: folder,
    });
    running.add(this.process);
    this.process.on('exit', () => running.delete(this.process));
    this.process.stderr?.on('data', (text: Buffer) => {
      this.errors = `${this.errors}${text.toString()}`.slice(-4000);
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** The port of a server of ours, once it listens. @throws Error when it ends before */
  async ready(): Promise<number> {
    return (await this.receive<ReadyMessage>()).port;
  }

  /** Waits until somebody listens on the port. @throws Error when the process ends before */
  async listening(port: number): Promise<void> {
    const until = Date.now() + START_MS;
    while (!(await isOpen(port))) {
      if (this.process.exitCode !== null || Date.now() > until) throw this.fault('did not start');
      await sleep(50);
    }
  }

  /** Sends a message and gives the answer. @throws Error when the process ends before */
  async ask<Answer>(message: object): Promise<Answer> {
    const answer = this.receive<Answer>();
    this.process.send(message);
    return answer;
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(timer);
  }

  private async receive<Message>(): Promise<Message> {
    if (this.process.exitCode !== null) throw this.fault('ended');
    const abort = new AbortController();
    const { signal } = abort;
    try {
      const message = once(this.process, 'message', { signal }).then(([value]) => value as Message);
      const exit = once(this.process, 'exit', { signal }).then(() => {
        throw this.fault('ended');
      });
      return await Promise.race([message, exit]);
    } finally {
      abort.abort();
    }
  }

  private fault(what: string): Error {
    return new Error(`${this.name} ${what}: ${this.errors.trim() || 'without a message'}`);
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

/** A port of the loopback interface on which nobody listens. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
