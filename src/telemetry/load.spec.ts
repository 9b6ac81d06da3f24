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

  it('says once that the grace is over, to those who still listen', () => {
    const load = new Load();
    const told: string[] = [];
    load.onGraceOver(() => told.push('one'));
    const leave = load.onGraceOver(() => told.push('two'));
    load.onGraceOver(() => told.push('three'));
    leave();
    expect(told).toEqual([]);
    load.endGrace();
    load.endGrace();
    expect(told).toEqual(['one', 'three']);
    load.onGraceOver(() => told.push('late'));
    expect(told).toEqual(['one', 'three', 'late']);
  });
});
