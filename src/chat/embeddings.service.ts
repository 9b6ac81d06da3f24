import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '../common/clock.js';
import type { EmbeddingsRequest } from '../contract/embeddings.js';
import type { Usage } from '../contract/usage.js';
import { decodeEmbeddingsRequest } from '../formats/openai-embeddings/decode-request.js';
import { encodeEmbeddingsResponse } from '../formats/openai-embeddings/encode-response.js';
import { AnswerMeter } from '../contract/answer-meter.js';
import { EmbeddingsRouter } from '../routing/embeddings-router.service.js';
import { writeCostHeader, writeDroppedHeader, writeRoutingHeaders } from './answer-headers.js';
import { TokenEstimator } from '../usage/token-estimator.js';
import type { CountedUsage } from './count-usage.js';
import { ExchangeLedger } from './exchange-ledger.js';
import { readJsonBody } from '../common/read-json-body.js';
import { RequestLimits } from './request-limits.js';
import { RequestPlanner } from './request-planner.js';

/** Few, so that what is reserved is rather too much. */
const CHARACTERS_PER_TOKEN = 3;

/** Takes an embeddings request through routing and back to its caller. */
@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly planner: RequestPlanner,
    private readonly router: EmbeddingsRouter,
    private readonly ledger: ExchangeLedger,
    private readonly limits: RequestLimits,
    private readonly estimator: TokenEstimator,
    private readonly clock: Clock,
  ) {}

  /** @throws GatewayError */
  async answer(request: Request, response: Response): Promise<void> {
    const exchange = this.ledger.begin(request, response, 'openai-embeddings');
    try {
      const asked = decodeEmbeddingsRequest(readJsonBody(request.body));
      exchange.requestedModel = asked.model;
      const plan = this.planner.planEmbeddings(asked, exchange);
      await this.limits.reserveInput(
        exchange,
        Math.ceil(asked.original.text.length / CHARACTERS_PER_TOKEN),
        plan,
      );
      const { candidate, record, answer } = await this.router.answer(asked, plan, exchange.routing);
      record.meter = new AnswerMeter();
      record.meter.servedModel = answer.model;
      exchange.served = record;
      writeRoutingHeaders(exchange);
      writeDroppedHeader(exchange, answer.dropped);
      writeCostHeader(exchange, this.planner.priceOf(candidate, answer.model, answer.usage)?.nano ?? null);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(encodeEmbeddingsResponse(answer, { request: asked, model: candidate.model }));
      exchange.answeredAt = this.clock.monotonic();
      exchange.counted = await this.count(asked, answer.usage);
      this.ledger.finish(exchange);
    } catch (error) {
      writeRoutingHeaders(exchange);
      this.ledger.finish(exchange, error);
      throw error;
    }
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
