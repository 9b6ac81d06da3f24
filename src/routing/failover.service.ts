import { Injectable } from '@nestjs/common';
import { callerLeft } from '../common/caller-left.js';
import type { CancelSignal } from '../common/cancel-signal.js';
import { Clock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { GatewayError } from '../contract/gateway-error.js';
import { CallFailure } from '../providers/call-failure.js';
import { AttemptRunner } from './attempt-runner.js';
import { Budgets } from './budgets.js';
import { describeFailure } from './describe-failure.js';
import type { Operation, RoutingContext, Served } from './operation.js';
import type { Plan } from './plan.js';
import { RecoveryRamp } from './recovery-ramp.js';
import { RequestProgress } from './request-progress.js';
import { RestBook } from './rest-book.js';
import { toRouteError } from './route-failure.js';
import { callerLeftReason, isShutdown } from './end-reasons.js';

/** Asks the candidates of a plan until one answers, as the failure table of the contract says. */
@Injectable()
export class FailoverService {
  constructor(
    private readonly runner: AttemptRunner,
    private readonly book: RestBook,
    private readonly ramp: RecoveryRamp,
    private readonly budgets: Budgets,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
  ) {}

  /** @throws GatewayError when nobody could serve, or `caller_left` */
  async run<Answer>(
    operation: Operation<Answer>,
    plan: Plan,
    context: RoutingContext,
  ): Promise<Served<Answer>> {
    this.budgets.retries.noteRequest();
    this.budgets.hedges.noteRequest();
    if (operation.isIncidental !== true && this.areAllResting(plan)) await this.waitForReturn(plan, context);
    const progress = new RequestProgress(plan, context, this.book, this.ramp, operation.isIncidental);
    const served =
      plan.hedgeAfterMs === undefined
        ? await this.walk(operation, progress, context.signal)
        : await this.race(operation, progress, plan.hedgeAfterMs);
    if (served !== undefined) return served;
    progress.noteUnusable();
    if (context.signal.aborted) throw endedBy(context.signal);
    if (progress.failures.length === 0 && progress.unsupported !== undefined) throw progress.unsupported;
    const redact = (text: string): string => this.redactor.redact(text);
    throw toRouteError(
      plan,
      progress.notes,
      progress.failures.at(-1),
      this.book,
      this.clock.steady(),
      redact,
    );
  }

  /** One candidate after the other. `undefined`: nobody is left, or the signal was aborted. */
  private async walk<Answer>(
    operation: Operation<Answer>,
    progress: RequestProgress,
    signal: CancelSignal,
  ): Promise<Served<Answer> | undefined> {
    for (;;) {
      const turn = signal.aborted ? undefined : progress.next(this.clock.steady());
      if (turn === undefined) return undefined;
      const served = await this.runner.ask(turn, operation, progress, signal);
      if (served !== undefined) return served;
    }
  }

  /**
   * A walk, and beside it from `afterMs` on a second one over the candidates that are left. The first answer wins; the
   * other walk is aborted down to its socket.
   */
  private race<Answer>(
    operation: Operation<Answer>,
    progress: RequestProgress,
    afterMs: number,
  ): Promise<Served<Answer> | undefined> {
    const { signal } = progress.context;
    return new Promise((resolve, reject) => {
      const lanes = new Set<AbortController>();
      let isOver = false;
      const finish = (served: Served<Answer> | undefined): void => {
        isOver = true;
        timer.cancel();
        const superseded = new CallFailure({ type: 'superseded' });
        for (const lane of lanes) lane.abort(superseded);
        // The losers end a little later than the answer may: their records must not.
        this.endRunning(progress.context, describeFailure(superseded.facts));
        resolve(served);
      };
      const start = (): void => {
        const lane = new AbortController();
        const onEnd = (): void => {
          lane.abort(isShutdown(signal) ? signal.reason : callerLeftReason());
        };
        if (signal.aborted) onEnd();
        signal.addEventListener('abort', onEnd, { once: true });
        lanes.add(lane);
        this.walk(operation, progress, lane.signal)
          .then((served) => {
            lanes.delete(lane);
            if (isOver) {
              if (served !== undefined) operation.discard(served.answer);
            } else if (served !== undefined) {
              finish(served);
            } else if (lanes.size === 0 || progress.isSettled) {
              finish(undefined);
            }
          })
          .catch((error: unknown) => {
            reject(error instanceof Error ? error : new Error(String(error)));
            finish(undefined);
          });
      };
      const timer = this.clock.startTimer(afterMs, () => {
        if (progress.canHedge() && this.budgets.hedges.take()) start();
      });
      start();
    });
  }

  private endRunning({ attempts, startedAt }: RoutingContext, error: string): void {
    const nowMs = this.clock.monotonic() - startedAt;
    for (const record of attempts) {
      if (record.ms !== undefined) continue;
      record.ms = nowMs - record.startedMs;
      record.error = error;
    }
  }

  private areAllResting({ candidates }: Plan): boolean {
    return candidates.every((candidate) => this.book.blocking(candidate) !== undefined);
  }

  /** When everything rests, waits up to `max_wait` for the first to come back. */
  private async waitForReturn(plan: Plan, context: RoutingContext): Promise<void> {
    const deadline = this.clock.steady() + plan.routing.maxWaitMs;
    for (let now = this.clock.steady(); now < deadline; now = this.clock.steady()) {
      const returns = plan.candidates.map((candidate) => this.book.nextTry(candidate));
      const first = Math.min(...returns);
      if (first <= now || first > deadline) return;
      const begun = this.clock.monotonic();
      try {
        await this.clock.sleep(first - now, context.signal);
      } catch {
        throw endedBy(context.signal);
      } finally {
        context.queuedMs += this.clock.monotonic() - begun;
      }
    }
  }
}

/** The error of a request that its signal has ended: the caller left, or the process is on its way out. */
export function endedBy(signal: CancelSignal): GatewayError {
  return isShutdown(signal)
    ? new GatewayError('shutting_down', 'This process is shutting down; ask again', { retryAfterMs: 1_000 })
    : callerLeft();
}
