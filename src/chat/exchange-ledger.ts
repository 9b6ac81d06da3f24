import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '../common/clock.js';
import { RecordSinks } from '../common/record-sinks.js';
import { toGatewayError } from '../common/to-gateway-error.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { RecordedAttempt } from '../contract/request-record.js';
import { Load } from '../telemetry/load.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
import { TokenEstimator } from '../usage/token-estimator.js';
import { countUsage, NOTHING_USED, type CountedUsage } from './count-usage.js';
import { beginExchange, type Exchange } from './exchange.js';
import { RequestLimits } from './request-limits.js';
import { RequestPlanner } from './request-planner.js';
import { hasCallerLeft } from './request-signal.js';
import { toRecord, type ExchangeEnd } from './to-record.js';

/** Closes the account of each exchange: what was used, what it cost, one record, whatever the end was. */
@Injectable()
export class ExchangeLedger implements OnModuleDestroy {
  private readonly logger = new Logger('Ledger');
  private readonly open = new Set<Promise<void>>();

  constructor(
    private readonly sinks: RecordSinks,
    private readonly planner: RequestPlanner,
    private readonly estimator: TokenEstimator,
    private readonly limits: RequestLimits,
    private readonly load: Load,
    private readonly clock: Clock,
  ) {}

  begin(request: Request, response: Response, format: string): Exchange {
    return beginExchange(request, response, format, this.load.graceOver);
  }

  /** `failure`: what the request ended in before anything was written. */
  finish(exchange: Exchange, failure?: unknown): void {
    const end: ExchangeEnd = {
      at: this.clock.monotonic(),
      status: exchange.response.statusCode,
      hasCallerLeft: hasCallerLeft(exchange.signal),
      error: failure === undefined ? undefined : (toGatewayError(failure) ?? internalError(failure)),
    };
    const counted = this.countServed(exchange, end);
    const others = exchange.routing.attempts.filter((attempt) => attempt !== payingAttempt(exchange, end));
    const attempts = others.map((attempt) => this.countOther(attempt, exchange));
    if (!(counted instanceof Promise) && !attempts.some((attempt) => attempt instanceof Promise)) {
      this.close(exchange, end, counted, new Map(zip(others, attempts as CountedUsage[])));
      return;
    }
    const closing = Promise.all([counted, Promise.all(attempts)])
      .then(([usage, usages]) => {
        this.close(exchange, end, usage, new Map(zip(others, usages)));
      })
      .catch((error: unknown) => {
        this.logger.error({ message: 'tokens could not be estimated', err: error });
        this.close(exchange, end, NOTHING_USED, new Map());
      })
      .finally(() => this.open.delete(closing));
    this.open.add(closing);
  }

  /** What is still being estimated is waited for. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.open);
  }

  private countServed(exchange: Exchange, end: ExchangeEnd): CountedUsage | Promise<CountedUsage> {
    const { asked, counted } = exchange;
    if (counted !== undefined) return counted;
    const meter = payingAttempt(exchange, end)?.meter;
    return asked === undefined || meter === undefined
      ? NOTHING_USED
      : countUsage(meter, asked, this.estimator);
  }

  private countOther({ meter }: AttemptRecord, { asked }: Exchange): CountedUsage | Promise<CountedUsage> {
    return asked === undefined || meter === undefined
      ? NOTHING_USED
      : countUsage(meter, asked, this.estimator);
  }

  private close(
    exchange: Exchange,
    end: ExchangeEnd,
    counted: CountedUsage,
    others: ReadonlyMap<AttemptRecord, CountedUsage>,
  ): void {
    const paying = payingAttempt(exchange, end);
    const attempts = exchange.routing.attempts.map((attempt): RecordedAttempt => {
      const { candidate, status, error, startedMs, ms, meter, spanId } = attempt;
      const usage = others.get(attempt)?.usage;
      return {
        provider: candidate.provider,
        model: candidate.model,
        keyHint: candidate.key.hint,
        status: status ?? null,
        error: error ?? null,
        startedMs,
        ms: ms ?? null,
        ...(spanId === undefined ? {} : { spanId }),
        ...(usage === undefined
          ? {}
          : {
              usage,
              costNano: this.planner.priceOf(candidate, meter?.servedModel ?? '', usage)?.nano ?? null,
            }),
      };
    });
    const price =
      paying === undefined
        ? null
        : this.planner.priceOf(paying.candidate, paying.meter?.servedModel ?? '', counted.usage);
    const { inputTokens = 0, outputTokens = 0 } = counted.usage ?? {};
    this.limits.settle(exchange, inputTokens, outputTokens, price?.nano ?? null);
    this.sinks.record(toRecord(exchange, end, counted, price, attempts));
  }
}

/** The call that the caller pays for: the one that served, or that was under way when the caller left. */
function payingAttempt({ served, routing }: Exchange, end: ExchangeEnd): AttemptRecord | undefined {
  return served ?? (end.hasCallerLeft ? routing.attempts.at(-1) : undefined);
}

function zip<One, Other>(ones: readonly One[], others: readonly Other[]): [One, Other][] {
  return ones.map((one, index) => [one, others[index] as Other]);
}

function internalError(cause: unknown): GatewayError {
  return new GatewayError('internal_error', 'The gateway failed to handle the request', { cause });
}
