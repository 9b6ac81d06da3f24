import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { GatewayError } from '../contract/gateway-error.js';
import { RefusalLog } from './refusal-log.js';

const OVERLOADED = new GatewayError('overloaded', 'too much');

describe('the log of refusals', () => {
  let clock: ManualClock;
  let log: RefusalLog;
  let lines: unknown[];

  const note = (count: number): number =>
    Array.from({ length: count }, () => log.note(OVERLOADED)).filter(Boolean).length;

  beforeEach(() => {
    clock = new ManualClock();
    log = new RefusalLog(clock);
    lines = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => void lines.push(line));
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('has a line at the first and then one a second with the number of all', () => {
    note(250);
    clock.advance(1_000);
    note(3);
    clock.advance(1_000);
    clock.advance(1_000);
    const line = (count: number) => ({ message: 'requests refused', count, reason: 'too much' });
    expect(lines).toEqual([line(1), line(249), line(1), line(2)]);
  });

  it('lets a hundred a second be told one by one', () => {
    expect(note(250)).toBe(100);
    clock.advance(999);
    expect(note(1)).toBe(0);
    clock.advance(1);
    expect(note(250)).toBe(100);
  });

  it('does not count those that a shutdown refuses', () => {
    expect(log.note(new GatewayError('shutting_down', 'bye'))).toBe(true);
    expect(lines).toEqual([]);
  });
});
