import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '../common/clock.js';
import { ComingAndGoing } from '../common/coming-and-going.js';
import { RecordSinks } from '../common/record-sinks.js';
import { errorStatusOf } from '../common/error-format.js';
import { pathOf } from '../common/request-context.js';
import { toGatewayError } from '../common/to-gateway-error.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { ConsideredTarget, RecordedAttempt } from '../contract/request-record.js';
import { Load } from '../telemetry/load.js';
import type { AttemptRecord } from '../routing/attempt-record.js';
import { TokenEstimator } from '../usage/token-estimator.js';
import { countUsage, NOTHING_USED, type CountedUsage } from './count-usage.js';
import { beginExchange, type Exchange } from './exchange.js';
import { RequestLimits } from './request-limits.js';
import type { Price } from '../usage/price-book.js';
import { RequestPlanner } from './request-planner.js';
import { hasCallerLeft } from './request-signal.js';
import { toRecord, type ExchangeEnd } from './to-record.js';

/** Closes the account of each exchange: what was used, what it cost, one record, whatever the end was. */
@Injectable()
export class ExchangeLedger implements OnModuleDestroy {
  private readonly logger = new Logger('Ledger');
  private readonly open = new ComingAndGoing<Promise<void>>();

  constructor(
    private readonly sinks: RecordSinks,
    private readonly planner: RequestPlanner,
    private readonly estimator: TokenEstimator,
    private readonly limits: RequestLimits,
    private readonly load: Load,
    private readonly clock: Clock,
  ) {}

  begin(request: Request, response: Response, format: string): Exchange {
    return beginExchange(request, response, format, this.load);
  }

  /** `failure`: what the request ended in before anything was written. */
  finish(exchange: Exchange, failure?: unknown): void {
    const { request, response } = exchange;
    const error = failure === undefined ? undefined : (toGatewayError(failure) ?? internalError(failure));
    const end: ExchangeEnd = {
      at: this.clock.monotonic(),
      // An error that is still to be written decides it; one that came behind the head does not.
      status:
        error === undefined || response.headersSent
          ? response.statusCode
          : errorStatusOf(pathOf(request), request.headers, error),
      hasCallerLeft: hasCallerLeft(exchange.signal),
      error,
    };
    if (exchange.callEnded === undefined) this.account(exchange, end);
    else this.track(exchange.callEnded.then(() => this.account(exchange, end)));
  }

  /** What is still under way or being estimated is waited for. */
  async onModuleDestroy(): Promise<void> {
    while (this.open.size > 0) await Promise.all(this.open);
    this.sinks.close();
  }

  private account(exchange: Exchange, end: ExchangeEnd): void {
    const paying = payingAttempt(exchange, end);
    const counted = this.countPaid(exchange, paying);
    const others = exchange.routing.attempts
      .filter((attempt) => attempt !== paying)
      .map((attempt) => [attempt, this.count(attempt, exchange)] as const);
    if (!(counted instanceof Promise) && others.every(isSettled)) {
      this.close(exchange, end, counted, others.length === 0 ? NO_OTHERS : new Map(others));
    } else {
      this.track(this.closeLater(exchange, end, counted, others));
    }
  }

  private async closeLater(
    exchange: Exchange,
    end: ExchangeEnd,
    counted: CountedUsage | Promise<CountedUsage>,
    others: readonly (readonly [AttemptRecord, CountedUsage | Promise<CountedUsage>])[],
  ): Promise<void> {
    try {
      const usages = await Promise.all(
        others.map(async ([attempt, usage]) => [attempt, await usage] as const),
      );
      this.close(exchange, end, await counted, new Map(usages));
    } catch (error) {
      this.logger.error({ message: 'tokens could not be estimated', err: error });
      this.close(exchange, end, NOTHING_USED, new Map());
    }
  }

  private track(work: Promise<void>): void {
    const remove = this.open.add(work);
    void work.finally(remove);
  }

  private countPaid(
    exchange: Exchange,
    paying: AttemptRecord | undefined,
  ): CountedUsage | Promise<CountedUsage> {
    const { counted, hit } = exchange;
    if (counted !== undefined) return counted;
    if (hit === undefined) return paying === undefined ? NOTHING_USED : this.count(paying, exchange);
    const { usage } = hit.meter;
    return { usage, source: usage === undefined ? 'none' : 'vendor' };
  }

  private count(
    { meter }: AttemptRecord,
    { asked }: Pick<Exchange, 'asked'>,
  ): CountedUsage | Promise<CountedUsage> {
    if (asked === undefined || meter === undefined) return NOTHING_USED;
    return countUsage(meter, asked, this.estimator);
  }

  private close(
    exchange: Exchange,
    end: ExchangeEnd,
    counted: CountedUsage,
    others: ReadonlyMap<AttemptRecord, CountedUsage>,
  ): void {
    const paying = payingAttempt(exchange, end);
    const attempts = exchange.routing.attempts.map((attempt): RecordedAttempt => {
      const { candidate, status, error, vendorMessage, vendorRequestId, startedMs, ms, meter, spanId } =
        attempt;
      const usage = others.get(attempt)?.usage;
      return {
        provider: candidate.provider,
        model: candidate.model,
        keyHint: candidate.key.hint,
        status: status ?? null,
        error: error ?? null,
        ...(vendorMessage === undefined ? {} : { vendorMessage }),
        ...(vendorRequestId === undefined ? {} : { vendorRequestId }),
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
    // What was kept has been paid for.
    const price =
      exchange.hit !== undefined
        ? FREE
        : paying === undefined
          ? null
          : this.planner.priceOf(paying.candidate, paying.meter?.servedModel ?? '', counted.usage);
    const { inputTokens = 0, outputTokens = 0 } =
      (exchange.hit === undefined ? counted.usage : undefined) ?? {};
    this.limits.settle(exchange, inputTokens, outputTokens, price?.nano ?? null);
    this.sinks.record(toRecord(exchange, end, counted, price, attempts, this.consideredFor(exchange)));
  }

  /** In the time of day, as people read it. */
  private consideredFor({ routing }: Exchange): readonly ConsideredTarget[] | undefined {
    if (routing.considered === undefined) return undefined;
    const correction = this.clock.correction();
    const { attempts } = routing;
    // Who was asked after all, with another key or before its time, was not passed over.
    const passedOver = [...routing.considered].filter(
      ([target]) => !attempts.some(({ candidate }) => candidate.ids.target === target),
    );
    if (passedOver.length === 0) return undefined;
    return passedOver.map(([, target]) => ({
      ...target,
      until: target.until === null ? null : Math.round(target.until + correction),
    }));
  }
}

const NO_OTHERS: ReadonlyMap<AttemptRecord, CountedUsage> = new Map();
const FREE: Price = { nano: 0, version: 'cache' };

/** The call that the caller pays for: the one that served, or that was under way when the caller left. */
function payingAttempt({ served, routing }: Exchange, end: ExchangeEnd): AttemptRecord | undefined {
  return served ?? (end.hasCallerLeft ? routing.attempts.at(-1) : undefined);
}

function isSettled(
  pair: readonly [AttemptRecord, CountedUsage | Promise<CountedUsage>],
): pair is readonly [AttemptRecord, CountedUsage] {
  return !(pair[1] instanceof Promise);
}

function internalError(cause: unknown): GatewayError {
  return new GatewayError('internal_error', 'The gateway failed to handle the request', { cause });
}
