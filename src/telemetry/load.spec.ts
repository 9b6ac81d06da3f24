import { describe, expect, it } from 'vitest';
import { Load } from './load.js';

describe('load', () => {
  it('counts what is in flight', () => {
    const load = new Load();
    load.begin();
    load.begin();
    load.end();
    expect(load.inFlight).toBe(1);
  });

  it('is idle at once when nothing is in flight', async () => {
    await expect(new Load().idle()).resolves.toBeUndefined();
  });

  it('is idle for everyone who waits as soon as the last one ends, and not before', async () => {
    const load = new Load();
    load.begin();
    load.begin();
    const states: string[] = [];
    const waiting = Promise.all(['one', 'two'].map((name) => load.idle().then(() => states.push(name))));
    load.end();
    await Promise.resolve();
    expect(states).toEqual([]);
    load.end();
    await waiting;
    expect(states).toEqual(['one', 'two']);
  });

  it('is draining once it was told to, and goes on counting', () => {
    const load = new Load();
    expect(load.isDraining).toBe(false);
    load.drain();
    load.begin();
    expect([load.isDraining, load.inFlight]).toEqual([true, 1]);
  });

  it('says once that the grace is over, to as many as listen', () => {
    const load = new Load();
    let told = 0;
    for (let count = 0; count < 1_000; count++) load.graceOver.addEventListener('abort', () => told++);
    expect(load.graceOver.aborted).toBe(false);
    load.endGrace();
    load.endGrace();
    expect([load.graceOver.aborted, told]).toEqual([true, 1_000]);
  });
});
