import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from './clock.js';

describe('the clock of the system', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('has the time', () => {
    expect(new SystemClock().now()).toBe(1_000);
  });

  it('a timer fires once, later when refreshed, and not when cancelled', () => {
    const onTime = vi.fn();
    const clock = new SystemClock();
    const timer = clock.startTimer(100, onTime);
    vi.advanceTimersByTime(80);
    timer.refresh();
    vi.advanceTimersByTime(80);
    expect(onTime).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(onTime).toHaveBeenCalledOnce();
    clock.startTimer(100, onTime).cancel();
    vi.advanceTimersByTime(200);
    expect(onTime).toHaveBeenCalledOnce();
  });

  it('a timer of months does not fire at once', () => {
    const onTime = vi.fn();
    new SystemClock().startTimer(2 ** 40, onTime);
    vi.advanceTimersByTime(10_000);
    expect(onTime).not.toHaveBeenCalled();
  });

  it('a sleep ends in time', async () => {
    const sleeping = new SystemClock().sleep(500);
    vi.advanceTimersByTime(500);
    await expect(sleeping).resolves.toBeUndefined();
  });

  it('a sleep that is aborted rejects with the reason and leaves no timer', async () => {
    const controller = new AbortController();
    const sleeping = new SystemClock().sleep(500, controller.signal);
    const reason = new Error('left');
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('a sleep that was aborted before rejects at once', async () => {
    const reason = new Error('left');
    await expect(new SystemClock().sleep(500, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });
});
