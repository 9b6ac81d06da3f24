import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { KeepAlive } from './keep-alive.js';
import type { StreamBody } from './stream-body.js';

const SIGN = ': keep-alive\n\n';

describe('KeepAlive', () => {
  let clock: ManualClock;
  let written: string[];
  let body: { isFull: boolean; write: (text: string) => boolean };
  let keepAlive: KeepAlive;
  let isEarly: boolean;

  beforeEach(() => {
    clock = new ManualClock();
    written = [];
    isEarly = false;
    body = {
      isFull: false,
      write: (text: string) => {
        written.push(text);
        return true;
      },
    };
    keepAlive = new KeepAlive(clock, body as unknown as StreamBody, SIGN, () => {
      if (isEarly) return false;
      if (written.length === 0) written.push('head');
      return true;
    });
  });

  test('after fifteen seconds of silence the head and a sign of life go out', () => {
    clock.advance(14_999);
    expect(written).toEqual([]);
    clock.advance(1);
    expect(written).toEqual(['head', SIGN]);
  });

  test('not while it is too early for a head', () => {
    isEarly = true;
    clock.advance(15_000);
    expect(written).toEqual([]);
    isEarly = false;
    clock.advance(15_000);
    expect(written).toEqual(['head', SIGN]);
  });

  test('and another one after each fifteen seconds more', () => {
    clock.advance(60_000);
    expect(written).toEqual(['head', SIGN, SIGN, SIGN, SIGN]);
  });

  test('what is written meanwhile puts it off', () => {
    for (let turn = 0; turn < 10; turn++) {
      clock.advance(14_999);
      keepAlive.touch();
    }
    expect(written).toEqual([]);
    clock.advance(15_000);
    expect(written).toEqual(['head', SIGN]);
  });

  test('a caller that does not read gets none, and gets them again once it does', () => {
    body.isFull = true;
    clock.advance(45_000);
    expect(written).toEqual(['head']);
    body.isFull = false;
    clock.advance(15_000);
    expect(written).toEqual(['head', SIGN]);
  });

  test('nothing comes after the stop', () => {
    clock.advance(15_000);
    keepAlive.stop();
    clock.advance(600_000);
    expect(written).toEqual(['head', SIGN]);
  });
});
