import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { vi } from 'vitest';
import { ROOT } from '../docs/markdown.js';
import { freePort } from './free-port.js';

/** `npm run demo` on a port of its own. */
export class DemoProcess {
  output = '';
  private readonly exited: Promise<void>;

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.exited = new Promise((settle) => {
      child.once('close', () => {
        settle();
      });
    });
  }

  /** @param main path of the gateway's `main.js` */
  static async start(main: string): Promise<DemoProcess> {
    const port = await freePort();
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [join(ROOT, 'test/simulator/demo.ts')], {
      cwd: ROOT,
      env: { PATH, PORT: String(port), DEMO_GATEWAY_ENTRY: main },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const demo = new DemoProcess(`http://127.0.0.1:${String(port)}`, child);
    await vi.waitFor(
      () => {
        if (child.exitCode !== null) throw new Error(`the demo ended: ${demo.output}`);
        if (!demo.output.includes('Ctrl-C stops everything')) throw new Error('the demo does not serve yet');
      },
      { timeout: 60_000, interval: 50 },
    );
    return demo;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.exited;
  }
}
