import { Injectable } from '@nestjs/common';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';

/** V8 collects everything when buffers have grown by 64 MB, and what is dropped counts as growth until it is collected. */
const MOST_BYTES = 16_777_216;

/** So much of a body is counted: of a larger one nobody knows whether it comes. */
const LARGEST_COUNTED = 262_144;

type Collect = (options: { readonly type: 'minor' }) => void;

/**
 * Frees the bodies of requests that were refused. What comes of them is garbage at once. But a refusal makes so few
 * objects that the young generation, to which the buffers belong, would hardly ever be collected, and V8 would collect the
 * whole heap in its place, which takes twenty times as long.
 */
@Injectable()
export class DroppedBodies {
  private readonly collect = exposeCollector();
  private bytes = 0;

  /** @param bytes of a body that comes and is not kept */
  note(bytes: number): void {
    this.bytes += Math.min(bytes, LARGEST_COUNTED);
    if (this.bytes < MOST_BYTES) return;
    this.bytes = 0;
    setImmediate(this.collect, { type: 'minor' });
  }
}

/** The function that `--expose-gc` gives to programs: V8 reads the flag when it makes a context. */
function exposeCollector(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
