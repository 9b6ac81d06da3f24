import { describe, expect, it } from 'vitest';
import { Canceller, type CancelSignal } from './cancel-signal.js';

const REASON = new Error('enough');

/** A signal with what aborts it; the platform's must do the same. */
const MAKERS: Record<string, () => { signal: CancelSignal; abort: (reason: Error) => void }> = {
  Canceller: () => {
    const signal = new Canceller();
    return {
      signal,
      abort: (reason) => {
        signal.abort(reason);
      },
    };
  },
  AbortSignal: () => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      abort: (reason) => {
        controller.abort(reason);
      },
    };
  },
};

describe.each(Object.entries(MAKERS))('a signal that cancels: %s', (_name, make) => {
  it('tells whoever listens, once, with the first reason', () => {
    const { signal, abort } = make();
    const told: string[] = [];
    signal.addEventListener('abort', () => told.push('one'), { once: true });
    signal.addEventListener('abort', () => told.push('two'), { once: true });
    expect(signal.aborted).toBe(false);
    expect(signal.reason).toBeUndefined();
    abort(REASON);
    abort(new Error('later'));
    expect(told).toEqual(['one', 'two']);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(REASON);
  });

  it('has aborted already when it tells', () => {
    const { signal, abort } = make();
    let seen: unknown;
    signal.addEventListener('abort', () => (seen = signal.reason), { once: true });
    abort(REASON);
    expect(seen).toBe(REASON);
  });

  it('does not tell who left, though it be while others are told', () => {
    const { signal, abort } = make();
    const told: string[] = [];
    const gone = (): void => void told.push('gone');
    const late = (): void => void told.push('late');
    signal.addEventListener('abort', gone, { once: true });
    signal.addEventListener(
      'abort',
      () => {
        told.push('stays');
        signal.removeEventListener('abort', late);
      },
      { once: true },
    );
    signal.addEventListener('abort', late, { once: true });
    signal.removeEventListener('abort', gone);
    signal.removeEventListener('abort', () => undefined);
    abort(REASON);
    expect(told).toEqual(['stays']);
  });

  it('tells nobody who comes afterwards', () => {
    const { signal, abort } = make();
    abort(REASON);
    let isTold = false;
    signal.addEventListener('abort', () => (isTold = true), { once: true });
    expect(isTold).toBe(false);
  });
});
