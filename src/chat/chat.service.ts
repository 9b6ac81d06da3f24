import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '../common/clock.js';
import { RequestBodies } from '../common/request-bodies.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { toGatewayError } from '../common/to-gateway-error.js';
import { streamOf } from '../contract/chunk-stream.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { toDollars } from '../contract/to-dollars.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { Usage } from '../contract/usage.js';
import type { AnswerContext } from '../contract/wire-format.js';
import { readCacheDirectives } from '../cache/read-cache-directives.js';
import type { ServedBody } from '../cache/served-answer.js';
import { AnswerSource, type ChatQuestion } from './answer-source.js';
import { writeCostHeader, writeDroppedHeader, writeRoutingHeaders } from './answer-headers.js';
import type { ChatEndpoint } from './chat-endpoint.js';
import { ExchangeLedger } from './exchange-ledger.js';
import type { Exchange } from './exchange.js';
import { KeepAlive, SILENCE_MS } from './keep-alive.js';
import { readJsonBody } from '../common/read-json-body.js';
import { RequestLimits } from './request-limits.js';
import { RequestPlanner } from './request-planner.js';
import { readVendorHeaders } from './vendor-headers.js';
import { StreamBody } from './stream-body.js';
import { beginStream, writeStream } from './write-stream.js';

/** Takes a chat request in any format through routing and back to its caller. */
@Injectable()
export class ChatService {
  constructor(
    private readonly bodies: RequestBodies,
    private readonly planner: RequestPlanner,
    private readonly source: AnswerSource,
    private readonly ledger: ExchangeLedger,
    private readonly limits: RequestLimits,
    private readonly settings: SettingsHolder,
    private readonly clock: Clock,
  ) {}

  /** @throws GatewayError while nothing has been written; later failures go into the stream */
  async answer(endpoint: ChatEndpoint, request: Request, response: Response): Promise<void> {
    const text = await this.bodies.read(request, this.settings.current.server.bodyLimitBytes);
    const exchange = this.ledger.begin(request, response, endpoint.writes.name);
    try {
      const asked = readRequest(endpoint, exchange, text);
      if (this.settings.current.logging.requestLog === 'full') exchange.answerText = '';
      const directives = readCacheDirectives(
        request.headers,
        this.settings.current.cache,
        exchange.caller.sharedCache,
      );
      // Whoever may not have an answer may not have a kept one either; turns are taken only for a call.
      const plan = this.planner.planChat(asked, exchange, !directives.use);
      await this.limits.reserveChat(exchange, asked, plan);
      const question = { endpoint, asked, directives, plan };
      if (asked.stream) await this.answerWithStream(question, exchange);
      else await this.answerWhole(question, exchange);
      this.ledger.finish(exchange);
    } catch (error) {
      writeRoutingHeaders(exchange);
      this.ledger.finish(exchange, error);
      throw error;
    }
  }

  private async answerWhole(question: ChatQuestion, exchange: Exchange): Promise<void> {
    const { asked, endpoint } = question;
    const answer = await this.source.get(question, exchange);
    if (answer.kind !== 'result') throw new Error('a stream came where none was asked for');
    const { result } = answer;
    writeRoutingHeaders(exchange);
    writeDroppedHeader(exchange, answer.dropped);
    writeCostHeader(exchange, this.costOf(exchange, result.usage));
    exchange.response.setHeader('content-type', 'application/json; charset=utf-8');
    const text = endpoint.writes.encodeResponse(result, this.answerContext(asked, exchange));
    exchange.response.end(text);
    exchange.answeredAt = this.clock.monotonic();
    if (exchange.answerText !== undefined) exchange.answerText = text;
  }

  private async answerWithStream(question: ChatQuestion, exchange: Exchange): Promise<void> {
    const { endpoint, asked, plan } = question;
    const { response, signal } = exchange;
    const body = new StreamBody(response);
    const begin = (): boolean => {
      if (response.headersSent) return true;
      if (!isUnderWay(question, exchange)) return false;
      writeRoutingHeaders(exchange, false);
      beginStream(response);
      return true;
    };
    const earlyMs = plan.earlyKeepAliveMs ?? (plan.streamCommit === 'buffered' ? SILENCE_MS : undefined);
    let keepAlive =
      earlyMs === undefined ? undefined : new KeepAlive(this.clock, body, endpoint.sign, begin, earlyMs);
    exchange.context.sayAlive = () => keepAlive?.say();
    try {
      const { chunks, source } = await this.openStream(question, exchange);
      begin();
      if (keepAlive?.silenceMs !== SILENCE_MS) {
        keepAlive?.stop();
        keepAlive = new KeepAlive(this.clock, body, endpoint.sign, begin);
      }
      const context = this.answerContext(asked, exchange);
      const encoder = endpoint.writes.createStreamEncoder(source, context);
      const onWrite = (text: string): void => {
        exchange.answeredAt ??= this.clock.monotonic();
        if (exchange.answerText !== undefined) exchange.answerText += text;
      };
      await writeStream(chunks, encoder, { body, signal, keepAlive, onWrite });
    } finally {
      exchange.context.sayAlive = undefined;
      keepAlive?.stop();
    }
  }

  /** As a stream also what fails once signs of life have gone out: then only the stream can say it. */
  private async openStream(
    question: ChatQuestion,
    exchange: Exchange,
  ): Promise<Extract<ServedBody, { kind: 'stream' }>> {
    try {
      const answer = await this.source.get(question, exchange);
      if (answer.kind !== 'stream') throw new Error('a whole answer came where a stream was asked for');
      if (!exchange.response.headersSent) writeDroppedHeader(exchange, answer.dropped);
      return answer;
    } catch (error) {
      if (!exchange.response.headersSent) throw error;
      const failure = toGatewayError(error) ?? new GatewayError('internal_error', 'The gateway failed');
      exchange.lateFailure = failure;
      return {
        kind: 'stream',
        chunks: streamOf([{ events: [{ type: 'failure', error: failure }] }]),
        source: undefined,
      };
    }
  }

  private answerContext(request: ChatRequest, exchange: Exchange): AnswerContext {
    const { served, hit, context } = exchange;
    return {
      requestId: context.requestId,
      provider: hit?.origin.provider ?? served?.candidate.provider ?? '',
      model: hit?.origin.model ?? served?.candidate.model ?? '',
      request,
      receivedAt: context.receivedAt,
      priceOf: (usage) => toDollars(this.costOf(exchange, usage)),
    };
  }

  /** Nano-dollars; `null` where no price is known. */
  private costOf({ served, hit }: Exchange, usage: Usage | undefined): number | null {
    if (hit !== undefined) return 0;
    if (served === undefined) return null;
    return this.planner.priceOf(served.candidate, served.meter?.servedModel ?? '', usage)?.nano ?? null;
  }
}

function readRequest(endpoint: ChatEndpoint, exchange: Exchange, text: string): ChatRequest {
  const { request } = exchange;
  const json = readJsonBody(text);
  const format = endpoint.reads(json);
  const asked = format.decodeRequest({ format: format.name, text, json });
  exchange.stream = asked.stream;
  exchange.requestedModel = asked.model;
  exchange.asked = { ...asked, vendorHeaders: readVendorHeaders(request.headers) };
  return exchange.asked;
}

/**
 * Somebody has been asked, or is by another request that this one shares the answer of. Before that the request may yet
 * be refused with a status of its own.
 */
function isUnderWay({ directives }: ChatQuestion, { served, hit, routing, callEnded }: Exchange): boolean {
  if (served !== undefined || hit !== undefined || routing.attempts.length > 0) return true;
  return directives.use && callEnded === undefined;
}
