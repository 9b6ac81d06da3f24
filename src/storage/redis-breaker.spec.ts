import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RedisBreaker } from './redis-breaker.js';
import type { RedisFault } from './redis-fault.js';

const fault = (reason: string, isRefusal = false): RedisFault => ({ reason, isRefusal });

describe('RedisBreaker', () => {
  let breaker: RedisBreaker;
  let lines: string[];

  beforeEach(() => {
    lines = [];
    const keep = (message: unknown) => void lines.push((message as { message: string }).message.slice(0, 14));
    vi.spyOn(Logger.prototype, 'log').mockImplementation(keep);
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(keep);
    breaker = new RedisBreaker('a');
    expect(breaker.isClosed).toBe(false);
    expect(breaker.probeSucceeded(1)).toBe(true);
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('lets commands through once a probe was answered', () => {
    expect(breaker.isClosed).toBe(true);
    expect(breaker.report).toEqual({ status: 'up', since: 1, reason: null });
    expect(breaker.probeSucceeded(2)).toBe(false);
    expect(lines).toEqual(['Redis is avail']);
  });

  test('one failure stops commands until the next probe and is no news', () => {
    breaker.failed(fault('slow'), 2);
    breaker.failed(fault('slow'), 2);
    expect(breaker.isClosed).toBe(false);
    expect(breaker.report.status).toBe('up');
    expect(breaker.probeSucceeded(3)).toBe(true);
    breaker.succeeded();
    breaker.failed(fault('slow'), 4);
    expect(breaker.report.status).toBe('up');
    expect(lines).toEqual(['Redis is avail']);
  });

  test('a probe that fails after a failure is, once', () => {
    breaker.failed(fault('slow'), 2);
    breaker.probeFailed(fault('slower'), 3);
    breaker.probeFailed(fault('slower'), 4);
    breaker.disconnected('gone', 5);
    expect(breaker.report).toEqual({ status: 'down', since: 3, reason: 'slower' });
    breaker.probeSucceeded(6);
    expect(breaker.report).toEqual({ status: 'up', since: 6, reason: null });
    expect(lines).toEqual(['Redis is avail', 'Redis is unava', 'Redis is avail']);
  });

  test('commands that fail again right after a probe are, too: a server may answer probes alone', () => {
    breaker.failed(fault('NOPERM'), 2);
    breaker.probeSucceeded(3);
    breaker.failed(fault('NOPERM'), 4);
    expect(breaker.report).toEqual({ status: 'down', since: 4, reason: 'NOPERM' });
  });

  test('a lost connection is at once', () => {
    breaker.disconnected('gone', 2);
    expect(breaker.isClosed).toBe(false);
    expect(lines).toEqual(['Redis is avail', 'Redis is unava']);
  });

  test('a server that refuses is not away: what should be shared is not', () => {
    breaker.probeFailed(fault('NOPERM', true), 2);
    breaker.probeFailed(fault('NOPERM', true), 3);
    expect(breaker.report).toEqual({ status: 'degraded', since: 3, reason: 'NOPERM' });
    breaker.disconnected('gone', 4);
    expect(breaker.report).toEqual({ status: 'down', since: 4, reason: 'gone' });
    expect(lines).toEqual(['Redis is avail', 'Redis is unava']);
  });
});
