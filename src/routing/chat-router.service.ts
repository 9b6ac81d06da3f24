import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { Redactor } from '../common/redactor.js';
import { holdsBoundReasoning, type ChatRequest } from '../contract/chat-request.js';
import type { ChunkStream } from '../contract/chunk-stream.js';
import type { GatewayError } from '../contract/gateway-error.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { CallFailure, type CallFailureFacts } from '../providers/call-failure.js';
import { AnswerMeter } from '../contract/answer-meter.js';
import { ProviderCaller } from '../providers/provider-caller.js';
import { AttemptOutcomes } from './attempt-outcomes.js';
import { Affinity } from './affinity.js';
import type { Candidate } from './candidate.js';
import { commitStream } from './commit-stream.js';
import { endedBy, FailoverService } from './failover.service.js';
import type { Attempt, RoutingContext, Served } from './operation.js';
import type { Plan } from './plan.js';
import { toStreamError } from './route-failure.js';
import { WatchedStream } from './watched-stream.js';

/** `dropped`: members of the request that the target could not take. A stream has its first content in hand already. */
export type ChatAnswer = { readonly dropped: readonly string[] } & (
  | { readonly kind: 'result'; readonly result: ChatResult }
  | {
      readonly kind: 'stream';
      /** Ends in a `failure` event when the stream breaks; throws only `caller_left`. */
      readonly chunks: ChunkStream;
      readonly source: WireFormatName;
    }
);

/** Takes chat requests through failover: what counts as an answer, and what becomes of a stream after its commit. */
@Injectable()
export class ChatRouter {
  constructor(
    private readonly failover: FailoverService,
    private readonly caller: ProviderCaller,
    private readonly outcomes: AttemptOutcomes,
    private readonly affinity: Affinity,
    private readonly clock: Clock,
    private readonly redactor: Redactor,
  ) {}

  /** @throws GatewayError when nobody could serve, or `caller_left` */
  async answer(request: ChatRequest, plan: Plan, context: RoutingContext): Promise<Served<ChatAnswer>> {
    const served = await this.failover.run(
      {
        ask: (attempt) => this.ask(attempt, request, plan, context),
        discard: (answer) => {
          if (answer.kind === 'stream') void answer.chunks.return();
        },
      },
      plan,
      context,
    );
    if (plan.conversation !== undefined) this.affinity.remember(plan.conversation, served.candidate);
    return served;
  }

  private async ask(
    attempt: Attempt,
    request: ChatRequest,
    plan: Plan,
    context: RoutingContext,
  ): Promise<ChatAnswer> {
    const { endpoint, model, key } = attempt.candidate;
    const meter = new AnswerMeter();
    attempt.record.meter = meter;
    const answer = await this.caller.call({
      endpoint,
      model,
      key,
      request,
      foreignReasoning: isForeign(attempt.candidate, plan) && holdsBoundReasoning(request),
      headers: attempt.headers,
      signal: attempt.signal,
      meter,
    });
    const { dropped } = answer;
    if (answer.kind === 'result') return { kind: 'result', dropped, result: answer.result };
    const idleMs = endpoint.callOf(model).settings.idleTimeoutMs;
    const committed = await commitStream(answer.chunks, plan.streamCommit, idleMs, this.clock);
    const tellBreak = (error: unknown): GatewayError => this.tellBreak(error, attempt, plan, context);
    const chunks = new WatchedStream(committed, {
      onBreak: tellBreak,
      onWhole: () => {
        this.outcomes.completed(attempt.candidate, context.requestId);
      },
      onEnd: attempt.hold(),
    });
    return { kind: 'stream', dropped, source: answer.source, chunks };
  }

  /** Writes down what broke a committed stream. Throws what its caller cannot be told: that it has left. */
  private tellBreak(
    error: unknown,
    { record }: Attempt,
    plan: Plan,
    { requestId, signal }: RoutingContext,
  ): GatewayError {
    if (!(error instanceof CallFailure)) throw error;
    const { facts } = error;
    this.outcomes.describe(record, facts);
    if (facts.type === 'caller-left') throw endedBy(signal);
    if (facts.type === 'shutting-down') {
      record.broken = { by: 'shutdown', error: endedBy(signal) };
      return record.broken.error;
    }
    const failure = this.outcomes.judge(record, facts, plan, true);
    const isFailingOften = this.outcomes.note(failure, true);
    this.outcomes.failed(failure, plan, requestId, isFailingOften);
    const streamError = toStreamError(failure, (text) => this.redactor.redact(text));
    record.broken = { by: isStall(facts) ? 'stalled' : 'cut', error: streamError };
    return streamError;
  }
}

function isStall(facts: CallFailureFacts): boolean {
  return facts.type === 'timeout' && facts.waitingFor === 'next-chunk';
}

/** Whether reasoning in the conversation was signed for another key, as far as anybody remembers. */
function isForeign({ provider, ids }: Candidate, { origin, candidates }: Plan): boolean {
  if (origin !== undefined) return origin.key !== ids.key;
  // Nobody remembers: it is most likely of the one that is always asked first.
  return provider !== candidates[0]?.provider;
}
