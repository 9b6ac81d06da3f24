import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { ChatResult } from '../contract/chat-result.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { CallFailure, type CallFailureFacts } from '../providers/call-failure.js';
import { ProviderCaller, type ProviderAnswer } from '../providers/provider-caller.js';
import type { AttemptRecord } from './attempt-record.js';
import { backoffMs } from './backoff.js';
import type { Candidate } from './candidate.js';
import { commitStream, type CommittedStream } from './commit-stream.js';
import { describeFailure, seconds } from './describe-failure.js';
import { judgeFailure, type Verdict } from './judge-failure.js';
import type { Plan } from './plan.js';
import { ProviderStats } from './provider-stats.js';
import { RestBook } from './rest-book.js';
import { describeRest, toRouteError, toStreamError, type JudgedFailure } from './route-failure.js';

/** What the chat room knows of a request and routing needs; `attempts` is filled as calls are made. */
export interface RoutingContext {
  readonly requestId: string;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** `Clock.monotonic` at which the request came in. */
  readonly startedAt: number;
  readonly attempts: AttemptRecord[];
}

/** The answer of the candidate that served. A stream has its first content in hand already. */
export type RoutedAnswer = { readonly candidate: Candidate; readonly dropped: readonly string[] } & (
  | { readonly kind: 'result'; readonly result: ChatResult }
  | {
      readonly kind: 'stream';
      /** Ends in a `failure` event when the stream breaks; throws only `caller_left`. */
      readonly chunks: AsyncGenerator<readonly ChatChunk[], void, undefined>;
      readonly source: WireFormatName;
    }
);

/** A 429 is waited out up to this when nobody else is left to ask. */
const LAST_RESORT_MS = 10_000;

/** What one request has learnt so far. */
interface Progress {
  readonly request: ChatRequest;
  readonly plan: Plan;
  readonly context: RoutingContext;
  /** The latest word on each provider, for the error. */
  readonly notes: Map<string, string>;
  readonly failures: JudgedFailure[];
  /** How often each candidate was asked, by its `key-model` id. */
  readonly asked: Map<string, number>;
}

/** Asks the candidates of a plan in order until one answers, as the failure table of the contract says. */
@Injectable()
export class FailoverService {
  private readonly logger = new Logger('Failover');

  constructor(
    private readonly caller: ProviderCaller,
    private readonly book: RestBook,
    private readonly stats: ProviderStats,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
  ) {}

  /** @throws GatewayError when nobody could serve, or `caller_left` */
  async run(request: ChatRequest, plan: Plan, context: RoutingContext): Promise<RoutedAnswer> {
    const progress: Progress = { request, plan, context, notes: new Map(), failures: [], asked: new Map() };
    for (const { provider, reason } of plan.unusable) progress.notes.set(provider, reason);
    let unsupported: GatewayError | undefined;
    await this.waitForReturn(plan, context);
    for (let candidate = this.next(progress); candidate !== undefined; candidate = this.next(progress)) {
      try {
        const answer = await this.ask(candidate, progress);
        if (answer !== undefined) return answer;
      } catch (error) {
        if (!(error instanceof GatewayError) || error.code !== 'unsupported_parameter') throw error;
        unsupported = error;
        progress.notes.set(candidate.provider, error.message);
        progress.asked.set(candidate.ids['key-model'], Infinity);
      }
      if (progress.failures.at(-1)?.verdict.next === false) break;
    }
    const last = progress.failures.at(-1);
    if (last === undefined && unsupported !== undefined) throw unsupported;
    const redact = (text: string): string => this.redactor.redact(text);
    throw toRouteError(plan, progress.notes, last, this.book, this.clock.now(), redact);
  }

  /** When everything rests, waits up to `max_wait` for the first to come back. */
  private async waitForReturn(plan: Plan, context: RoutingContext): Promise<void> {
    const deadline = this.clock.now() + plan.routing.maxWaitMs;
    for (let now = this.clock.now(); now < deadline; now = this.clock.now()) {
      const returns = plan.candidates.map((candidate) => this.book.blocking(candidate, now)?.until ?? now);
      const first = Math.min(...returns);
      if (first <= now || first > deadline) return;
      await this.sleep(first - now, context);
    }
  }

  /** The next candidate that has not been asked, is not passed over and does not rest. */
  private next(progress: Progress): Candidate | undefined {
    const { plan, context, notes, asked } = progress;
    if (context.attempts.length >= plan.routing.maxAttempts) return undefined;
    const now = this.clock.now();
    for (const candidate of plan.candidates) {
      if (asked.has(candidate.ids['key-model']) || this.isPassedOver(candidate, progress)) continue;
      const rest = this.book.blocking(candidate, now);
      if (rest === undefined) return candidate;
      if (!progress.failures.some((failure) => failure.candidate.provider === candidate.provider)) {
        notes.set(candidate.provider, describeRest(rest, now));
      }
    }
    return this.lastResort(progress, now);
  }

  private isPassedOver(candidate: Candidate, progress: Progress): boolean {
    return progress.failures.some((failure) => failure.candidate.shares(failure.verdict.passOver, candidate));
  }

  /** With nobody else left, the key whose rate limit ends first, if that is soon. */
  private lastResort({ failures, asked }: Progress, now: number): Candidate | undefined {
    let soonest: { candidate: Candidate; until: number } | undefined;
    for (const { candidate, verdict } of failures) {
      const times = asked.get(candidate.ids['key-model']) ?? 0;
      if (verdict.again !== 'when-told' || times > candidate.endpoint.settings.maxRetries) continue;
      const until = this.book.blocking(candidate, now)?.until ?? now;
      if (until - now > LAST_RESORT_MS) continue;
      if (soonest === undefined || until < soonest.until) soonest = { candidate, until };
    }
    return soonest?.candidate;
  }

  /** Asks one candidate, again where the table allows it. `undefined`: it failed, see `progress.failures`. */
  private async ask(candidate: Candidate, progress: Progress): Promise<RoutedAnswer | undefined> {
    const { context, asked } = progress;
    const id = candidate.ids['key-model'];
    const wait = (this.book.blocking(candidate, this.clock.now())?.until ?? 0) - this.clock.now();
    if (wait > 0) await this.sleep(wait, context);
    for (;;) {
      const isTrial = this.book.beginTrial(candidate, this.clock.now());
      const times = (asked.get(id) ?? 0) + 1;
      asked.set(id, times);
      const outcome = await this.attempt(candidate, progress);
      if (!('verdict' in outcome)) {
        if (isTrial) this.book.endTrial(candidate, 'alive');
        return outcome;
      }
      const failure = outcome;
      progress.failures.push(failure);
      progress.notes.set(candidate.provider, describeFailure(failure.facts));
      const pauseMs = this.pauseBeforeRepeat(failure, times, isTrial, progress);
      if (pauseMs === undefined || failure.verdict.rest?.told === true) this.settle(failure, progress);
      if (pauseMs === undefined) return undefined;
      await this.sleep(pauseMs, context, candidate);
    }
  }

  private async attempt(candidate: Candidate, progress: Progress): Promise<RoutedAnswer | JudgedFailure> {
    const { request, plan, context } = progress;
    const begun = this.clock.monotonic();
    const record: AttemptRecord = {
      provider: candidate.provider,
      model: candidate.model,
      keyHint: candidate.key.hint,
      startedMs: begun - context.startedAt,
    };
    context.attempts.push(record);
    try {
      const answer = await this.caller.call({
        endpoint: candidate.endpoint,
        model: candidate.model,
        key: candidate.key,
        request,
        signal: context.signal,
      });
      const routed = await this.commit(answer, candidate, progress, record);
      record.ms = this.clock.monotonic() - begun;
      record.status = 200;
      this.stats.succeeded(candidate.provider, record.ms);
      return routed;
    } catch (error) {
      record.ms = this.clock.monotonic() - begun;
      if (!(error instanceof CallFailure)) {
        // The request was never sent: what it asks for cannot be written in this target's format.
        context.attempts.pop();
        this.book.endTrial(candidate, 'unknown');
        throw error;
      }
      const { facts } = error;
      record.status = facts.type === 'vendor-error' && !facts.inStream ? facts.error.status : undefined;
      record.error = describeFailure(facts);
      if (facts.type === 'caller-left') {
        this.book.endTrial(candidate, 'unknown');
        throw callerLeft();
      }
      return { candidate, facts, verdict: judge(facts, plan, false) };
    }
  }

  private async commit(
    answer: ProviderAnswer,
    candidate: Candidate,
    progress: Progress,
    record: AttemptRecord,
  ): Promise<RoutedAnswer> {
    const { dropped } = answer;
    if (answer.kind === 'result') return { kind: 'result', candidate, dropped, result: answer.result };
    const committed = await commitStream(answer.chunks);
    const chunks = this.watch(committed, candidate, progress, record);
    return { kind: 'stream', candidate, dropped, source: answer.source, chunks };
  }

  /** The rest of a committed stream. What breaks it now can only be told, not mended. */
  private async *watch(
    { held, rest }: CommittedStream,
    candidate: Candidate,
    progress: Progress,
    record: AttemptRecord,
  ): AsyncGenerator<readonly ChatChunk[], void, undefined> {
    try {
      if (held.length > 0) yield held;
      yield* rest;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      const { facts } = error;
      record.error = describeFailure(facts);
      if (facts.type === 'caller-left') throw callerLeft();
      const failure: JudgedFailure = { candidate, facts, verdict: judge(facts, progress.plan, true) };
      this.settle(failure, progress);
      const streamError = toStreamError(failure, (text) => this.redactor.redact(text));
      yield [{ events: [{ type: 'failure', error: streamError }] }];
    } finally {
      // A caller that leaves ends this generator at a yield; the vendor's stream must end with it.
      await rest.return();
    }
  }

  /** How long to wait before the same candidate is asked again; `undefined`: it is not. */
  private pauseBeforeRepeat(
    { candidate, facts, verdict }: JudgedFailure,
    times: number,
    isTrial: boolean,
    progress: Progress,
  ): number | undefined {
    const { plan, context } = progress;
    if (context.attempts.length >= plan.routing.maxAttempts) return undefined;
    const { maxRetries } = candidate.endpoint.settings;
    const isRateLimit = facts.type === 'vendor-error' && facts.error.kind === 'rate_limit';
    switch (verdict.again) {
      case 'no':
        return undefined;
      case 'backoff':
        // A failed trial rests its target again at once.
        if (isTrial || times > maxRetries) return undefined;
        if (isRateLimit && this.hasOtherKey(candidate, progress)) return undefined;
        return backoffMs(times - 1);
      case 'when-told': {
        // `rate_limit_wait` asks for this wait by name, so it holds once even where retries are off.
        const toldMs = verdict.rest?.forMs ?? 0;
        const isWorthIt = toldMs <= plan.routing.rateLimitWaitMs && times <= Math.max(maxRetries, 1);
        return isWorthIt && !this.hasOtherKey(candidate, progress) ? toldMs : undefined;
      }
    }
  }

  private hasOtherKey(candidate: Candidate, progress: Progress): boolean {
    const now = this.clock.now();
    return progress.plan.candidates.some(
      (other) =>
        other.shares('target', candidate) &&
        !progress.asked.has(other.ids['key-model']) &&
        this.book.blocking(other, now) === undefined,
    );
  }

  /** Sends to rest what the verdict names, or ends the trial of something that has shown itself alive. */
  private settle({ candidate, facts, verdict }: JudgedFailure, { plan, context }: Progress): void {
    const reason = describeFailure(facts);
    const now = this.clock.now();
    if (verdict.rest === undefined) {
      this.book.endTrial(candidate, 'alive');
    } else {
      this.stats.failed(candidate.provider, now);
      this.book.rest(
        candidate,
        {
          scope: verdict.rest.scope,
          forMs: verdict.rest.forMs,
          maxMs: verdict.rest.told ? undefined : plan.routing.maxCooldownMs,
          reason,
          isRateLimit: facts.type === 'vendor-error' && facts.error.kind === 'rate_limit',
        },
        now,
      );
    }
    this.logger.warn({
      message: 'attempt failed',
      request_id: context.requestId,
      provider: candidate.provider,
      model: candidate.model,
      key: candidate.key.hint,
      reason,
      next: verdict.next,
      ...(verdict.rest === undefined
        ? {}
        : { rests: candidate.ids[verdict.rest.scope], for: seconds(verdict.rest.forMs) }),
    });
  }

  /** Waits, unless the caller leaves: then whoever was waited for is nobody's trial any more. */
  private async sleep(milliseconds: number, context: RoutingContext, candidate?: Candidate): Promise<void> {
    try {
      await this.clock.sleep(milliseconds, context.signal);
    } catch {
      if (candidate !== undefined) this.book.endTrial(candidate, 'unknown');
      throw callerLeft();
    }
  }
}

function judge(facts: CallFailureFacts, plan: Plan, committed: boolean): Verdict {
  const { onContentFilter, routing } = plan;
  return judgeFailure(facts, { committed, onContentFilter, cooldownMs: routing.cooldownMs });
}

function callerLeft(): GatewayError {
  return new GatewayError('caller_left', 'The caller closed the connection');
}
