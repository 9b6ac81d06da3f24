import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { decodeEmbeddingsRequest } from '../formats/openai-embeddings/decode-request.js';
import { encodeEmbeddingsResponse } from '../formats/openai-embeddings/encode-response.js';
import { EmbeddingsRouter } from '../routing/embeddings-router.service.js';
import { writeCostHeader, writeDroppedHeader, writeRoutingHeaders } from './answer-headers.js';
import { ExchangeLog } from './exchange-log.js';
import { beginExchange } from './exchange.js';
import { readJsonBody } from '../common/read-json-body.js';
import { RequestPlanner, toRoutingContext } from './request-planner.js';

/** Takes an embeddings request through routing and back to its caller. */
@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly planner: RequestPlanner,
    private readonly router: EmbeddingsRouter,
    private readonly log: ExchangeLog,
  ) {}

  /** @throws GatewayError */
  async answer(request: Request, response: Response): Promise<void> {
    const exchange = beginExchange(request, response, 'openai-embeddings');
    try {
      const asked = decodeEmbeddingsRequest(readJsonBody(request.body));
      exchange.requestedModel = asked.model;
      const plan = this.planner.planEmbeddings(asked, exchange);
      const { candidate, answer } = await this.router.answer(asked, plan, toRoutingContext(exchange));
      exchange.candidate = candidate;
      exchange.servedModel = answer.model;
      exchange.usage = answer.usage;
      exchange.cost = this.planner.costOf(candidate, answer.model, answer.usage);
      writeRoutingHeaders(exchange);
      writeDroppedHeader(exchange, answer.dropped);
      writeCostHeader(exchange);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(encodeEmbeddingsResponse(answer, { request: asked, model: candidate.model }));
      this.log.finish(exchange);
    } catch (error) {
      writeRoutingHeaders(exchange);
      this.log.finish(exchange, error);
      throw error;
    }
  }
}
