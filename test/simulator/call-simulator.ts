import { request } from 'node:http';
import type { Simulator } from './simulator.ts';

export interface Outcome {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly chunks: number;
  /** `end` when the response was whole. */
  readonly ended: string;
}

export const MESSAGES = [{ role: 'user' as const, content: 'hi there' }];
export const HEADERS = {
  authorization: 'Bearer key-1',
  'x-api-key': 'key-1',
  'anthropic-version': '2023-06-01',
};

/** A call over a socket of its own that reports how the response ended, broken ones included. */
export function call(
  simulator: Simulator,
  body: unknown,
  options: { path?: string; headers?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Outcome> {
  const path =
    options.path ?? (simulator.options.format === 'anthropic' ? '/v1/messages' : '/v1/chat/completions');
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let status = 0;
    let headers: Record<string, string> = {};
    const finish = (ended: string): void => {
      clearTimeout(timer);
      resolve({ status, headers, body: Buffer.concat(parts), chunks: parts.length, ended });
    };
    const outgoing = request(
      `${simulator.url}${path}`,
      { method: 'POST', agent: false, headers: options.headers ?? HEADERS },
      (response) => {
        status = response.statusCode ?? 0;
        headers = response.headers as Record<string, string>;
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          finish('end');
        });
        response.on('error', (error: NodeJS.ErrnoException) => {
          finish(error.code ?? error.message);
        });
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      finish(error.code ?? error.message);
    });
    const timer = setTimeout(() => {
      finish('timeout');
      outgoing.destroy();
    }, options.timeoutMs ?? 2000);
    outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

export function chat(fault: string, stream = true): object {
  return { model: `gpt-4o#${fault}`, messages: MESSAGES, max_tokens: 50, stream };
}

/** The data of each event; what is not JSON stays text. */
export function eventsOf(body: Buffer): unknown[] {
  return body
    .toString()
    .split(/\r?\n\r?\n/)
    .filter((frame) => frame.includes('data: '))
    .map((frame) => frame.slice(frame.indexOf('data: ') + 6))
    .map((data) => {
      try {
        return JSON.parse(data) as unknown;
      } catch {
        return data;
      }
    });
}

export function textOfEvents(body: Buffer): string {
  return [...body.toString().matchAll(/"(?:content|text)":"([^"]*)"/g)].map((match) => match[1]).join('');
}
