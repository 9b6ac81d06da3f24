import { Injectable } from '@nestjs/common';
import { Redactor } from '../common/redactor.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { CallFailure } from '../providers/call-failure.js';
import { ProviderCaller } from '../providers/provider-caller.js';
import { AttemptOutcomes } from './attempt-outcomes.js';
import type { AttemptRecord } from './attempt-record.js';
import type { Candidate } from './candidate.js';
import { commitStream, type CommittedStream } from './commit-stream.js';
import { describeFailure } from './describe-failure.js';
import { callerLeft, FailoverService, type RoutingContext, type Served } from './failover.service.js';
import type { Plan } from './plan.js';
import { toStreamError } from './route-failure.js';

/** `dropped`: members of the request that the target could not take. A stream has its first content in hand already. */
export type ChatAnswer = { readonly dropped: readonly string[] } & (
  | { readonly kind: 'result'; readonly result: ChatResult }
  | {
      readonly kind: 'stream';
      /** Ends in a `failure` event when the stream breaks; throws only `caller_left`. */
      readonly chunks: AsyncGenerator<readonly ChatChunk[], void, undefined>;
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
    private readonly redactor: Redactor,
  ) {}

  /** @throws GatewayError when nobody could serve, or `caller_left` */
  answer(request: ChatRequest, plan: Plan, context: RoutingContext): Promise<Served<ChatAnswer>> {
    return this.failover.run(
      async (candidate, record): Promise<ChatAnswer> => {
        const { endpoint, model, key } = candidate;
        const answer = await this.caller.call({ endpoint, model, key, request, signal: context.signal });
        const { dropped } = answer;
        if (answer.kind === 'result') return { kind: 'result', dropped, result: answer.result };
        const committed = await commitStream(answer.chunks);
        const chunks = this.watch(committed, candidate, plan, context, record);
        return { kind: 'stream', dropped, source: answer.source, chunks };
      },
      plan,
      context,
    );
  }

  /** The rest of a committed stream. What breaks it now can only be told, not mended. */
  private async *watch(
    { held, rest }: CommittedStream,
    candidate: Candidate,
    plan: Plan,
    context: RoutingContext,
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
      const failure = this.outcomes.judge(candidate, facts, plan, true);
      this.outcomes.failed(failure, plan, context.requestId);
      yield [
        {
          events: [{ type: 'failure', error: toStreamError(failure, (text) => this.redactor.redact(text)) }],
        },
      ];
    } finally {
      // A caller that leaves ends this generator at a yield; the vendor's stream must end with it.
      await rest.return();
    }
  }
}
