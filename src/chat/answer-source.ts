import { Injectable } from '@nestjs/common';
import { AnswerCache } from '../cache/answer-cache.js';
import type { CacheDirectives } from '../cache/cache-directives.js';
import type { FreshAnswer, ServedBody } from '../cache/served-answer.js';
import { toCacheKey } from '../cache/to-cache-key.js';
import type { CancelSignal } from '../common/cancel-signal.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { AnswerMeter } from '../contract/answer-meter.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { ChatRouter } from '../routing/chat-router.service.js';
import { endedBy } from '../routing/failover.service.js';
import type { Plan } from '../routing/plan.js';
import { isShutdown } from '../routing/end-reasons.js';
import type { ChatEndpoint } from './chat-endpoint.js';
import type { Exchange } from './exchange.js';
import { RequestPlanner } from './request-planner.js';

/** A chat request and all that decides how it is answered. */
export interface ChatQuestion {
  readonly endpoint: ChatEndpoint;
  readonly asked: ChatRequest;
  readonly directives: CacheDirectives;
  readonly plan: Plan;
}

/** An answer for one caller. `dropped`: members of the request that the target could not take. */
export type SourcedAnswer = ServedBody & { readonly dropped: readonly string[] };

/** Where answers come from: the cache, where the request wants that, else a vendor. */
@Injectable()
export class AnswerSource {
  constructor(
    private readonly router: ChatRouter,
    private readonly cache: AnswerCache,
    private readonly planner: RequestPlanner,
    private readonly settings: SettingsHolder,
  ) {}

  /** @throws GatewayError when nobody could serve, or the caller left */
  async get(question: ChatQuestion, exchange: Exchange): Promise<SourcedAnswer> {
    const { asked, plan, directives } = question;
    if (directives.use) return this.fromCache(question, directives, exchange);
    const { record, answer } = await this.router.answer(asked, plan, exchange.routing);
    exchange.served = record;
    return answer;
  }

  private async fromCache(
    { endpoint, asked }: ChatQuestion,
    directives: Extract<CacheDirectives, { use: true }>,
    exchange: Exchange,
  ): Promise<SourcedAnswer> {
    const { caller, signal } = exchange;
    const { json, format } = asked.original;
    const key = toCacheKey(asked, endpoint.reads(json).readRest(json), {
      tenant: directives.scope === 'shared' ? null : (caller.keyId ?? ''),
      models: caller.models,
      settings: this.settings.current,
    });
    const callEnded = Promise.withResolvers<undefined>();
    exchange.cache = 'miss';
    try {
      const { outcome, ageMs, origin, body, savedNano } = await this.cache.answer(
        {
          key,
          directives,
          wanted: { stream: asked.stream, format: endpoint.writes.name },
          format,
          signal,
          whenCallEnded: () => {
            callEnded.resolve(undefined);
          },
        },
        (callSignal) => {
          // The call may serve others too, and outlast this caller: the account waits for its end.
          exchange.callEnded = callEnded.promise;
          return this.ask(asked, exchange, callSignal);
        },
      );
      if (outcome === 'miss') return { ...untilShutdown(body, signal), dropped: origin.dropped };
      exchange.cache = 'hit';
      const meter = new AnswerMeter();
      exchange.hit = { ageMs, origin, savedNano, meter };
      return { ...measured(untilShutdown(body, signal), meter), dropped: origin.dropped };
    } catch (error) {
      throw isShutdown(signal) ? endedBy(signal) : error;
    }
  }

  private async ask(asked: ChatRequest, exchange: Exchange, signal: CancelSignal): Promise<FreshAnswer> {
    exchange.routing = { ...exchange.routing, signal };
    const plan = this.planner.planChat(asked, exchange);
    const { candidate, record, answer } = await this.router.answer(asked, plan, exchange.routing);
    exchange.served = record;
    return {
      origin: { provider: candidate.provider, model: candidate.model, dropped: answer.dropped },
      body: answer,
      costOf: (served, usage) => this.planner.priceOf(candidate, served, usage)?.nano ?? null,
    };
  }
}

/** The events of a kept answer say what it used when it was made. */
function measured(body: ServedBody, meter: AnswerMeter): ServedBody {
  if (body.kind === 'result') {
    meter.readResult(body.result);
    return body;
  }
  return { ...body, chunks: measure(body.chunks, meter) };
}

async function* measure(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  meter: AnswerMeter,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  for await (const batch of chunks) {
    for (const chunk of batch) meter.readChunk(chunk);
    yield batch;
  }
}

/** A stream that several callers share knows nothing of the shutdown that ends one of them. */
function untilShutdown(body: ServedBody, signal: CancelSignal): ServedBody {
  return body.kind === 'result' ? body : { ...body, chunks: endWithShutdown(body.chunks, signal) };
}

async function* endWithShutdown(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  signal: CancelSignal,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    if (!isShutdown(signal)) throw error;
    yield [{ events: [{ type: 'failure', error: endedBy(signal) }] }];
  }
}
