import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';

/** Half of the calls failing is too much. */
const TRIP_RATE = 0.5;
/** Of the calls of the last ten seconds, when they are at least twenty. */
const BUSY = { milliseconds: 10_000, calls: 20 } as const;
const MOST_TARGETS = 10_000;

interface Window {
  since: number;
  calls: number;
  failures: number;
  previous: { readonly calls: number; readonly failures: number };
}

/**
 * Sees targets under load that fail often but never often enough in a row to be given up: failures that a retry made
 * good count too.
 */
@Injectable()
export class ErrorWindow {
  private readonly windows = new QuickLRU<string, Window>({ maxSize: MOST_TARGETS });

  /** Notes how a call ended. True: the target fails too often and should rest. */
  note(target: string, isFailure: boolean, now: number): boolean {
    const window = this.windowOf(target, now);
    turn(window, now);
    window.calls++;
    if (isFailure) window.failures++;
    return isFailure && isTripped(window);
  }

  forget(target: string): void {
    this.windows.delete(target);
  }

  private windowOf(target: string, now: number): Window {
    let window = this.windows.get(target);
    if (window === undefined) {
      window = { since: now, calls: 0, failures: 0, previous: { calls: 0, failures: 0 } };
      this.windows.set(target, window);
    }
    return window;
  }
}

/** Two halves of five seconds: the full one before and the running one. */
function turn(window: Window, now: number): void {
  const half = BUSY.milliseconds / 2;
  const age = now - window.since;
  if (age < half) return;
  window.previous =
    age < 2 * half ? { calls: window.calls, failures: window.failures } : { calls: 0, failures: 0 };
  window.since = now;
  window.calls = 0;
  window.failures = 0;
}

function isTripped({ calls, failures, previous }: Window): boolean {
  const all = calls + previous.calls;
  return all >= BUSY.calls && (failures + previous.failures) / all >= TRIP_RATE;
}
