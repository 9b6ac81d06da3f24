import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { GatewayError } from '../contract/gateway-error.js';
import { JsonLogger } from '../telemetry/json-logger.js';
import type { Exchange } from './exchange.js';

/** Writes one line for each request at its end, whatever the end was. */
@Injectable()
export class ExchangeLog {
  constructor(
    private readonly logger: JsonLogger,
    private readonly clock: Clock,
  ) {}

  /** `failure`: what the request ended in before anything was written. */
  finish(exchange: Exchange, failure?: unknown): void {
    const { context, attempts, response, signal, streamFailure } = exchange;
    const last = attempts.at(-1);
    const error = failure instanceof GatewayError ? failure : streamFailure;
    const status = error?.status ?? (failure === undefined ? response.statusCode : 500);
    const line = {
      message: 'request',
      request_id: context.requestId,
      key: exchange.caller.keyName ?? null,
      format: exchange.format,
      stream: exchange.stream,
      requested_model: exchange.requestedModel ?? null,
      provider: exchange.candidate?.provider ?? last?.provider ?? null,
      model: exchange.servedModel || (last?.model ?? null),
      status: signal.aborted ? 499 : status,
      ...(error === undefined ? {} : { error: error.code }),
      attempts: attempts.length,
      input_tokens: exchange.usage?.inputTokens ?? null,
      output_tokens: exchange.usage?.outputTokens ?? null,
      total_ms: Math.round(this.clock.monotonic() - context.startedAt),
    };
    this.logger.log(line, 'Chat');
  }
}
