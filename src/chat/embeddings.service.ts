import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { readCacheDirectives } from '../cache/read-cache-directives.js';
import { Clock } from '../common/clock.js';
import { RequestBodies } from '../common/request-bodies.js';
import { readJsonBody } from '../common/read-json-body.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { decodeEmbeddingsRequest } from '../formats/openai-embeddings/decode-request.js';
import { encodeEmbeddingsResponse } from '../formats/openai-embeddings/encode-response.js';
import { writeCostHeader, writeDroppedHeader, writeRoutingHeaders } from './answer-headers.js';
import type { Exchange } from './exchange.js';
import { ExchangeLedger } from './exchange-ledger.js';
import { RequestLimits } from './request-limits.js';
import { RequestPlanner } from './request-planner.js';
import { VectorSource } from './vector-source.js';

/** Few, so that what is reserved is rather too much. */
const CHARACTERS_PER_TOKEN = 3;

/** Takes an embeddings request through cache and routing and back to its caller. */
@Injectable()
export class EmbeddingsService {
  constructor(
    private readonly bodies: RequestBodies,
    private readonly planner: RequestPlanner,
    private readonly source: VectorSource,
    private readonly ledger: ExchangeLedger,
    private readonly limits: RequestLimits,
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
  ) {}

  /** @throws GatewayError */
  async answer(request: Request, response: Response): Promise<void> {
    const text = await this.bodies.read(request, this.settings.current.server.bodyLimitBytes);
    const exchange = this.ledger.begin(request, response, 'openai-embeddings');
    try {
      const asked = decodeEmbeddingsRequest({ text, json: readJsonBody(text) });
      exchange.requestedModel = asked.model;
      const { cache } = this.settings.current;
      const directives = readCacheDirectives(request.headers, cache, exchange.caller.sharedCache);
      // Whoever may not have an answer may not have a kept one either.
      const plan = this.planner.planEmbeddings(asked, exchange, false);
      const tokens = Math.ceil(asked.original.text.length / CHARACTERS_PER_TOKEN);
      await this.limits.reserveInput(exchange, tokens, plan);
      const { origin, result } = await this.source.get(asked, directives, exchange);
      writeRoutingHeaders(exchange);
      writeDroppedHeader(exchange, origin.dropped);
      writeCostHeader(exchange, this.costOf(exchange, result.model));
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(encodeEmbeddingsResponse(result, { request: asked, model: origin.model }));
      exchange.answeredAt = this.clock.monotonic();
      this.ledger.finish(exchange);
    } catch (error) {
      writeRoutingHeaders(exchange);
      this.ledger.finish(exchange, error);
      throw error;
    }
  }

  private costOf({ hit, served, counted }: Exchange, model: string): number | null {
    if (hit !== undefined) return 0;
    if (served === undefined) return null;
    return this.planner.priceOf(served.candidate, model, counted?.usage)?.nano ?? null;
  }
}
