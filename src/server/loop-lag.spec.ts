import { afterEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../common/clock.js';
import { LoopLag } from './loop-lag.js';

describe('the lag of the event loop', () => {
  const lag = new LoopLag(new SystemClock());

  afterEach(() => {
    lag.onApplicationShutdown();
  });

  it('is seen when each turn takes long', async () => {
    const turn = (): Promise<void> =>
      new Promise((resolve) => {
        setTimeout(() => {
          const until = performance.now() + 150;
          while (performance.now() < until);
          resolve();
        }, 1);
      });
    for (let count = 0; count < 8; count++) await turn();
    expect(lag.meanMs).toBeGreaterThan(50);
  });
});
