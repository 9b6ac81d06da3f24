import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../auth/caller-of.js';
import { Clock } from '../common/clock.js';
import { contextOf, type RequestContext } from '../common/request-context.js';
import { SettingsHolder } from '../config/settings-holder.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Usage } from '../contract/usage.js';
import type { AnswerContext, InboundFormat } from '../contract/wire-format.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
import { ChatRouter, type ChatAnswer } from '../routing/chat-router.service.js';
import type { Served } from '../routing/operation.js';
import { recognise } from '../routing/affinity.js';
import type { Plan } from '../routing/plan.js';
import { Planner } from '../routing/planner.js';
import type { Target } from '../routing/route-table.js';
import { PriceBook } from '../usage/price-book.js';
import { callerSignal } from './caller-signal.js';
import { readOriginalBody } from './read-original-body.js';
import { readSession, readVendorHeaders } from './vendor-headers.js';
import { writeStream } from './write-stream.js';

const NANO = 1e9;
/** Rough, and the same for every target: it only has to rank them. */
const CHARACTERS_PER_TOKEN = 4;
const USUAL_OUTPUT_TOKENS = 500;

/** Takes a chat request in any format through routing and back to its caller. */
@Injectable()
export class ChatService {
  private readonly logger = new Logger('Chat');

  constructor(
    private readonly settings: SettingsHolder,
    private readonly planner: Planner,
    private readonly router: ChatRouter,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  /** @throws GatewayError while nothing has been written; later failures go into the stream */
  async answer(format: InboundFormat, request: Request, response: Response): Promise<void> {
    const context = contextOf(request);
    const signal = callerSignal(response);
    const attempts: AttemptRecord[] = [];
    let asked: ChatRequest | undefined;
    let failure: unknown;
    try {
      asked = {
        ...format.decodeRequest(readOriginalBody(request.body, format.name)),
        vendorHeaders: readVendorHeaders(request.headers),
      };
      const plan = this.plan(asked, request);
      const { requestId, startedAt } = context;
      const served = await this.router.answer(asked, plan, { requestId, signal, startedAt, attempts });
      await this.write(format, asked, served, context, attempts, response, signal);
    } catch (error) {
      failure = error;
      writeRoutingHeaders(response, attempts);
      throw error;
    } finally {
      this.log(format, asked, context, attempts, response, signal, failure);
    }
  }

  private plan(asked: ChatRequest, request: Request): Plan {
    const { models, keyName = '' } = callerOf(request);
    return this.planner.plan(
      asked,
      {
        allowedModels: models,
        recognise: () => recognise(asked, keyName, readSession(request.headers)),
        costOf: (target) => this.estimateCost(asked, target),
        take: true,
      },
      this.settings.current,
    );
  }

  /** What the request would cost at a target if the answer were as long as it may be. */
  private estimateCost(asked: ChatRequest, { endpoint, model }: Target): number | null {
    const { prices, priceId } = endpoint;
    const inputTokens = Math.ceil(asked.original.text.length / CHARACTERS_PER_TOKEN);
    const outputTokens = asked.sampling.maxTokens ?? USUAL_OUTPUT_TOKENS;
    return this.prices.costOf({ prices, priceId, model }, model, { inputTokens, outputTokens });
  }

  private async write(
    format: InboundFormat,
    request: ChatRequest,
    { candidate, answer }: Served<ChatAnswer>,
    { requestId, receivedAt }: RequestContext,
    attempts: readonly AttemptRecord[],
    response: Response,
    signal: AbortSignal,
  ): Promise<void> {
    const costOf = (served: string, usage: Usage | undefined): number | null =>
      this.prices.costOf(
        { prices: candidate.endpoint.prices, priceId: candidate.endpoint.priceId, model: candidate.model },
        served,
        usage,
      );
    const served = answer.kind === 'result' ? answer.result.model || candidate.model : candidate.model;
    const context: AnswerContext = {
      requestId,
      provider: candidate.provider,
      model: candidate.model,
      request,
      receivedAt,
      priceOf: (usage) => toDollars(costOf(served, usage)),
    };
    writeRoutingHeaders(response, attempts);
    response.setHeader('x-sluice-model', headerText(served));
    if (answer.dropped.length > 0)
      response.setHeader('x-sluice-dropped', headerText(answer.dropped.join(',')));
    if (answer.kind === 'result') {
      const cost = context.priceOf(answer.result.usage);
      if (cost !== null) response.setHeader('x-sluice-cost-usd', formatDollars(cost));
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(format.encodeResponse(answer.result, context));
      return;
    }
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.setHeader('cache-control', 'no-cache');
    response.setHeader('x-accel-buffering', 'no');
    await writeStream(format.encodeStream(answer.chunks, answer.source, context), response, signal);
  }

  private log(
    format: InboundFormat,
    request: ChatRequest | undefined,
    { requestId, startedAt }: RequestContext,
    attempts: readonly AttemptRecord[],
    response: Response,
    signal: AbortSignal,
    failure: unknown,
  ): void {
    const last = attempts.at(-1);
    const error = failure instanceof GatewayError ? failure : undefined;
    this.logger.log({
      message: 'request',
      request_id: requestId,
      format: format.name,
      stream: request?.stream ?? false,
      requested_model: request?.model ?? null,
      provider: last?.provider ?? null,
      model: last?.model ?? null,
      status: signal.aborted ? 499 : (error?.status ?? (failure === undefined ? response.statusCode : 500)),
      ...(error === undefined ? {} : { error: error.code }),
      attempts: attempts.length,
      total_ms: Math.round(this.clock.monotonic() - startedAt),
    });
  }
}

function writeRoutingHeaders(response: Response, attempts: readonly AttemptRecord[]): void {
  if (response.headersSent) return;
  const last = attempts.at(-1);
  if (last !== undefined) {
    response.setHeader('x-sluice-provider', last.provider);
    response.setHeader('x-sluice-model', headerText(last.model));
  }
  response.setHeader('x-sluice-attempts', String(attempts.length));
  response.setHeader('x-sluice-cache', 'bypass');
}

/** Header values take visible ASCII; a model's name may be anything. */
function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function toDollars(nanoDollars: number | null): number | null {
  return nanoDollars === null ? null : nanoDollars / NANO;
}

/** Decimal without an exponent: `0.0000085`. */
function formatDollars(dollars: number): string {
  return dollars.toFixed(9).replace(/\.?0+$/, '');
}
