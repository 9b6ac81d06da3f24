import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ChatRequest } from '../contract/chat-request.js';
import { ANTHROPIC_MESSAGES_INBOUND } from '../formats/anthropic-messages/anthropic-messages.format.js';
import { TokenCountRouter } from '../routing/token-count-router.service.js';
import { TokenEstimator } from '../usage/token-estimator.js';
import { writeRoutingHeaders } from './answer-headers.js';
import { ExchangeLedger } from './exchange-ledger.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { RequestBodies } from '../common/request-bodies.js';
import { readJsonBody } from '../common/read-json-body.js';
import { RequestLimits } from './request-limits.js';
import { RequestPlanner } from './request-planner.js';
import { readVendorHeaders } from './vendor-headers.js';

/**
 * Counts the tokens of a Messages request: by the vendor where the target is Anthropic, else by a tokenizer. An
 * estimate says so: `"estimated": true` in the body and `x-sluice-estimated: true`.
 */
@Injectable()
export class TokenCountService {
  constructor(
    private readonly bodies: RequestBodies,
    private readonly planner: RequestPlanner,
    private readonly router: TokenCountRouter,
    private readonly estimator: TokenEstimator,
    private readonly ledger: ExchangeLedger,
    private readonly limits: RequestLimits,
    private readonly settings: SettingsHolder,
  ) {}

  /** @throws GatewayError */
  async answer(request: Request, response: Response): Promise<void> {
    const text = await this.bodies.read(request, this.settings.current.server.bodyLimitBytes);
    const exchange = this.ledger.begin(request, response, 'anthropic-messages');
    try {
      const asked = readRequest(request, text);
      exchange.requestedModel = asked.model;
      const plan = this.planner.planChat(asked, exchange);
      await this.limits.reserveInput(exchange, 0, plan);
      const counted = await this.router.count(asked, plan, exchange.routing);
      exchange.served = counted?.record;
      writeRoutingHeaders(exchange);
      if (counted === undefined) {
        response.setHeader('x-sluice-estimated', 'true');
        response.json({ input_tokens: await this.estimator.estimate(asked), estimated: true });
      } else {
        response.json({ input_tokens: counted.answer });
      }
      this.ledger.finish(exchange);
    } catch (error) {
      writeRoutingHeaders(exchange);
      this.ledger.finish(exchange, error);
      throw error;
    }
  }
}

/** A Messages request without the length of an answer, which is mandatory everywhere else. */
function readRequest(request: Request, text: string): ChatRequest {
  const json = readJsonBody(text);
  const { name } = ANTHROPIC_MESSAGES_INBOUND;
  const asked = ANTHROPIC_MESSAGES_INBOUND.decodeRequest({
    format: name,
    text,
    json: { max_tokens: 1, ...json },
  });
  return { ...asked, vendorHeaders: readVendorHeaders(request.headers) };
}
