import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DEMO_ADMIN_KEY, printDemoGuide } from './demo-guide.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const GATEWAY_ENTRY = resolve(ROOT, process.env['DEMO_GATEWAY_ENTRY'] || 'dist/main.js');
const READY_WITHIN_MS = 30_000;
const READY_POLL_MS = 100;
const KILL_AFTER_MS = 10_000;
const KEPT_OUTPUT_CHARACTERS = 4000;

class DemoError extends Error {}

/** Three simulated vendors, the gateway in front of them, and what to type. Ends with Ctrl-C. */
async function runDemo(): Promise<void> {
  const port = Number(process.env['PORT'] || 8000);
  if (!existsSync(GATEWAY_ENTRY)) throw new DemoError('The gateway is not built yet. Run: npm run build');
  if (!(await isPortFree(port))) {
    throw new DemoError(
      `Port ${String(port)} is taken. Stop what listens there, or choose another: PORT=8001 npm run demo`,
    );
  }
  const vendors = await startVendors();
  const gateway = startGateway(port, vendors);
  // npm hands a Ctrl-C on that the terminal has already delivered, so that a second signal means nothing.
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    gateway.process.kill(signal);
    setTimeout(() => gateway.process.kill('SIGKILL'), KILL_AFTER_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  const ended = once(gateway.process, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const url = `http://127.0.0.1:${String(port)}`;
  if (await isReady(url, gateway.process)) {
    printDemoGuide(url, { deepseek: vendors.deepseek.url, openai: vendors.openai.url });
  } else if (!stopping.signal.aborted) {
    gateway.process.kill('SIGTERM');
  }
  const [code, signal] = await ended;
  await Promise.all(Object.values(vendors).map((vendor) => vendor.close()));
  if (stopping.signal.aborted) {
    process.stdout.write('\nThe demo has stopped.\n');
    return;
  }
  throw new DemoError(
    `The gateway ended (${signal ?? `exit ${String(code)}`}). It said:\n${gateway.readOutput()}`,
  );
}

type Vendors = Record<'deepseek' | 'openai' | 'anthropic', Simulator>;

async function startVendors(): Promise<Vendors> {
  // Slow enough to watch a stream come in.
  const chunkDelayMs = 60;
  const [deepseek, openai, anthropic] = await Promise.all([
    startSimulator({ format: 'openai', flavour: 'deepseek', chunkDelayMs }),
    startSimulator({ format: 'openai', chunkDelayMs }),
    startSimulator({ format: 'anthropic', chunkDelayMs }),
  ]);
  return { deepseek, openai, anthropic };
}

interface Gateway {
  readonly process: ChildProcess;
  /** The last of what it wrote. */
  readonly readOutput: () => string;
}

function startGateway(port: number, vendors: Vendors): Gateway {
  const showsLog = process.env['LOG_LEVEL'] !== undefined;
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PORT: String(port),
    HOST: '127.0.0.1',
    GATEWAY_CONFIG: 'config/demo.yaml',
    DEMO_DEEPSEEK_PORT: String(vendors.deepseek.port),
    DEMO_OPENAI_PORT: String(vendors.openai.port),
    DEMO_ANTHROPIC_PORT: String(vendors.anthropic.port),
    // Empty counts as unset and wins over `.env`: no key locks the demo's callers out, and no real state is touched.
    GATEWAY_API_KEYS: '',
    GATEWAY_ADMIN_KEY: DEMO_ADMIN_KEY,
    DATABASE_URL: 'sqlite::memory:',
    REDIS_URL: '',
  };
  const child = spawn(process.execPath, [GATEWAY_ENTRY], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches it once, through this process.
    detached: true,
  });
  let output = '';
  const keep = (data: Buffer): void => {
    output = (output + data.toString()).slice(-KEPT_OUTPUT_CHARACTERS);
    if (showsLog) process.stdout.write(data);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  process.once('exit', () => child.kill('SIGKILL'));
  return { process: child, readOutput: () => output.trim() };
}

async function isReady(url: string, gateway: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && gateway.exitCode === null && gateway.signalCode === null) {
    try {
      const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1000) });
      await response.body?.cancel();
      if (response.ok) return true;
    } catch {
      // Not listening yet.
    }
    await pause(READY_POLL_MS);
  }
  return false;
}

async function isPortFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}

const USAGE = `Usage: npm run demo

Three simulated vendors and the gateway in front of them, and what to try. Another port: PORT=8001 npm run demo
`;

function answerArguments(given: readonly string[]): boolean {
  if (given.length === 0) return false;
  if (given.length > 1 || (given[0] !== '--help' && given[0] !== '-h')) {
    throw new DemoError(`Unknown arguments: ${given.join(' ')}\n\n${USAGE.trimEnd()}`);
  }
  process.stdout.write(USAGE);
  return true;
}

try {
  if (!answerArguments(process.argv.slice(2))) await runDemo();
} catch (error) {
  process.stderr.write(`${error instanceof DemoError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
