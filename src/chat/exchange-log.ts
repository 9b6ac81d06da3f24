import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
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
      attempts: attempts.map(toLine),
      input_tokens: exchange.usage?.inputTokens ?? null,
      output_tokens: exchange.usage?.outputTokens ?? null,
      total_ms: Math.round(this.clock.monotonic() - context.startedAt),
    };
    this.logger.log(line, 'Chat');
  }
}

interface AttemptLine {
  readonly provider: string;
  readonly model: string;
  readonly key_hint: string;
  readonly status: number | null;
  readonly error: string | null;
  readonly started_ms: number;
  readonly ms: number | null;
}

/** One call to a vendor: whom, what came of it, and when. */
function toLine({ provider, model, keyHint, status, error, startedMs, ms }: AttemptRecord): AttemptLine {
  return {
    provider,
    model,
    key_hint: keyHint,
    status: status ?? null,
    error: error ?? null,
    started_ms: Math.round(startedMs),
    ms: ms === undefined ? null : Math.round(ms),
  };
}
