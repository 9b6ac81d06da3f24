import { Injectable } from '@nestjs/common';
import type { CacheDirectives } from '../cache/cache-directives.js';
import type { AnswerOrigin } from '../cache/cache-entry.js';
import { EmbeddingsCache, type FreshEmbeddings } from '../cache/embeddings-cache.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { AnswerMeter } from '../contract/answer-meter.js';
import type { EmbeddingsRequest, EmbeddingsResult } from '../contract/embeddings.js';
import type { Usage } from '../contract/usage.js';
import { readVectors } from '../formats/openai-embeddings/read-vectors.js';
import { EmbeddingsRouter } from '../routing/embeddings-router.service.js';
import { TokenEstimator } from '../usage/token-estimator.js';
import type { CountedUsage } from './count-usage.js';
import type { Exchange } from './exchange.js';
import { RequestPlanner } from './request-planner.js';

export interface SourcedVectors {
  readonly origin: AnswerOrigin;
  readonly result: EmbeddingsResult;
}

/** Where vectors come from: the cache, where the request wants that, and for the inputs that it lacks a vendor. */
@Injectable()
export class VectorSource {
  constructor(
    private readonly router: EmbeddingsRouter,
    private readonly cache: EmbeddingsCache,
    private readonly planner: RequestPlanner,
    private readonly estimator: TokenEstimator,
    private readonly settings: SettingsHolder,
  ) {}

  /**
   * Notes in the exchange who served and what was used.
   * @throws GatewayError when nobody could serve, or the caller left
   */
  async get(
    request: EmbeddingsRequest,
    directives: CacheDirectives,
    exchange: Exchange,
  ): Promise<SourcedVectors> {
    if (!directives.use) return this.ask(request, exchange);
    const { caller } = exchange;
    exchange.cache = 'miss';
    const { outcome, ageMs, origin, result, savedNano } = await this.cache.answer(
      {
        request,
        directives,
        context: {
          tenant: directives.scope === 'shared' ? null : (caller.keyId ?? ''),
          models: caller.models,
          settings: this.settings.current,
        },
      },
      (missing) => this.ask(missing, exchange),
    );
    exchange.savedNano = savedNano;
    if (outcome === 'hit') {
      exchange.cache = 'hit';
      const meter = new AnswerMeter();
      meter.servedModel = result.model;
      exchange.hit = { ageMs, origin, savedNano: () => savedNano, meter };
    }
    return { origin, result };
  }

  private async ask(request: EmbeddingsRequest, exchange: Exchange): Promise<FreshEmbeddings> {
    const plan = this.planner.planEmbeddings(request, exchange);
    const { candidate, record, answer } = await this.router.answer(request, plan, exchange.routing);
    record.meter = new AnswerMeter();
    record.meter.servedModel = answer.model;
    exchange.served = record;
    const counted = await this.count(request, answer.usage);
    exchange.counted = sum(exchange.counted, counted);
    return {
      origin: { provider: candidate.provider, model: candidate.model, dropped: answer.dropped },
      result: answer,
      vectors: exchange.cache === 'bypass' ? undefined : readVectors(answer),
      costNano: this.planner.priceOf(candidate, answer.model, counted.usage)?.nano ?? null,
    };
  }

  /** Not every vendor says how many tokens its vectors took. */
  private async count({ input }: EmbeddingsRequest, usage: Usage | undefined): Promise<CountedUsage> {
    if (usage?.inputTokens !== undefined) return { usage, source: 'vendor' };
    const texts = (Array.isArray(input) ? input : [input]).filter((text) => typeof text === 'string');
    return {
      usage: { inputTokens: await this.estimator.estimateText(texts.join(' ')) },
      source: 'estimated',
    };
  }
}

/** Where kept and new vectors do not belong together, all are asked for anew: both calls were made. */
function sum(before: CountedUsage | undefined, now: CountedUsage): CountedUsage {
  if (before === undefined) return now;
  return {
    usage: { inputTokens: (before.usage?.inputTokens ?? 0) + (now.usage?.inputTokens ?? 0) },
    source: before.source === 'estimated' ? before.source : now.source,
  };
}
