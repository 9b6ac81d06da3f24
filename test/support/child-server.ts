import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

const MOST_OUTPUT = 65_536;

/** Waits until a server that was started says that it is ready. @throws Error with what it said when it ends before */
export function untilItSays(
  child: ChildProcess,
  output: Readable,
  name: string,
  words: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', () => {
      reject(new Error(`${name} ended: ${said}`));
    });
    output.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < MOST_OUTPUT) said += text;
      if (said.includes(words)) resolve();
    });
  });
}

/** Sends a signal that ends it, and waits for its end. */
export async function endBy(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}
