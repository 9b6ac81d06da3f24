import { Injectable } from '@nestjs/common';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

interface Count {
  readonly id: number;
  readonly tokens: number;
}

/**
 * Counts tokens in a thread of its own, so that neither loading the tokenizer nor its work holds a request up, and a
 * gateway whose vendors report what they used never has the tables in memory.
 */
@Injectable()
export class TokenizerThread {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (tokens: number | undefined) => void>();
  private lastId = 0;

  /** Tokens of all pieces together; `undefined`: the thread ended. The next call starts another one. */
  count(pieces: readonly string[]): Promise<number | undefined> {
    return new Promise((resolve) => {
      const id = ++this.lastId;
      this.waiting.set(id, resolve);
      this.worker ??= this.start();
      this.worker.postMessage({ id, pieces });
    });
  }

  private start(): Worker {
    // Node runs the source as well as what is built from it.
    const worker = new Worker(new URL(`./tokenizer-worker${extname(import.meta.url)}`, import.meta.url));
    worker.on('message', ({ id, tokens }: Count) => {
      this.waiting.get(id)?.(tokens);
      this.waiting.delete(id);
    });
    // `exit` follows; without a listener the process would end as well.
    worker.on('error', () => undefined);
    worker.on('exit', () => {
      this.worker = undefined;
      for (const resolve of this.waiting.values()) resolve(undefined);
      this.waiting.clear();
    });
    worker.unref();
    return worker;
  }
}
