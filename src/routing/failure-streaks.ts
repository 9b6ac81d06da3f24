import { Injectable } from '@nestjs/common';
import QuickLRU from 'quick-lru';
import { Clock } from '../common/clock.js';

/** A target that has answered anybody within this time is given the benefit of the doubt. */
const TRUSTED_MS = 60_000;
const MOST_TARGETS = 10_000;

/** An answer that has at least begun. */
interface Sign {
  readonly requestId: string;
  /** `Clock.steady`. */
  readonly at: number;
}

interface Streak {
  /** Of the last request that was answered, and of the last other one before it. */
  last: Sign | undefined;
  before: Sign | undefined;
  failures: number;
}

/**
 * Counts failures that may be the fault of one request (an error 500, a broken connection, silence), so that a single
 * one takes no target from others. By the names of targets, as in `Candidate.ids`.
 */
@Injectable()
export class FailureStreaks {
  private readonly streaks = new QuickLRU<string, Streak>({ maxSize: MOST_TARGETS });

  constructor(private readonly clock: Clock) {}

  /** The target has begun to answer. What became of the answer is not known yet. */
  answered(target: string, requestId: string): void {
    const streak = this.streakOf(target);
    if (streak.last?.requestId !== requestId) streak.before = streak.last;
    streak.last = { requestId, at: this.clock.steady() };
  }

  /** An answer of the target came to its proper end. */
  succeeded(target: string, requestId: string): void {
    this.answered(target, requestId);
    this.streakOf(target).failures = 0;
  }

  /**
   * A request failed at the target in a way that may be the request's own fault; to be told once for each request.
   * True: the target should rest, as it has not answered anybody else lately, or as this is the failure number `most`
   * in a row.
   */
  failed(target: string, requestId: string, most: number): boolean {
    const streak = this.streakOf(target);
    streak.failures++;
    // A stream that broke speaks for nobody by its beginning.
    const sign = streak.last?.requestId === requestId ? streak.before : streak.last;
    return sign === undefined || this.clock.steady() - sign.at > TRUSTED_MS || streak.failures >= most;
  }

  /** Forgets a provider's targets: what they were is no more. */
  forget(provider: string): void {
    for (const target of [...this.streaks.keys()]) {
      if (target.startsWith(`${provider}/`)) this.streaks.delete(target);
    }
  }

  private streakOf(target: string): Streak {
    let streak = this.streaks.get(target);
    if (streak === undefined) {
      streak = { last: undefined, before: undefined, failures: 0 };
      this.streaks.set(target, streak);
    }
    return streak;
  }
}
