import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { Limiter } from '../limits/limiter.js';
import { hasLimits } from '../limits/limited-key.js';
import { LimitRefusal } from '../limits/limit-refusal.js';
import type { LimitState } from '../limits/reservation.js';
import { toLimitHeaders } from '../limits/to-limit-headers.js';
import type { Plan } from '../routing/plan.js';
import { estimateDemand, type Demand } from '../usage/estimate-demand.js';
import { LargestAnswers } from '../usage/largest-answers.js';
import type { Exchange } from './exchange.js';
import { RequestPlanner } from './request-planner.js';

const NOTHING: Demand = { inputTokens: 0, outputTokens: 0 };

/** Takes requests to the limits of their keys: reserves before the first call, settles at the end. */
@Injectable()
export class RequestLimits {
  constructor(
    private readonly limiter: Limiter,
    private readonly largest: LargestAnswers,
    private readonly planner: RequestPlanner,
    private readonly clock: Clock,
  ) {}

  /** @throws GatewayError `rate_limit_exceeded`, `budget_exceeded` */
  async reserveChat(exchange: Exchange, asked: ChatRequest, plan: Plan): Promise<void> {
    await this.reserve(exchange, plan, () => {
      exchange.largest = this.largest.of(exchange.caller.keyId ?? '', asked.model ?? '');
      return estimateDemand(asked, exchange.largest.tokens);
    });
  }

  /** For what uses no tokens of an answer. `inputTokens`: an estimate. */
  async reserveInput(exchange: Exchange, inputTokens: number, plan: Plan): Promise<void> {
    await this.reserve(exchange, plan, () => ({ ...NOTHING, inputTokens }));
  }

  /** `costNano`: `null` where no price is known, which no budget can count. */
  settle(exchange: Exchange, inputTokens: number, outputTokens: number, costNano: number | null): void {
    const { reservation, routing, hit } = exchange;
    if (reservation === undefined) return;
    if (routing.attempts.length === 0 && hit === undefined) {
      reservation.release();
      return;
    }
    exchange.largest?.note(outputTokens);
    reservation.settle({ tokens: inputTokens + outputTokens, costNano: costNano ?? 0 });
  }

  private async reserve(exchange: Exchange, plan: Plan, estimate: () => Demand): Promise<void> {
    const { keyId, keyName, limits } = exchange.caller;
    if (keyId === undefined || keyName === undefined || !hasLimits(limits)) return;
    const key = { id: keyId, name: keyName, limits };
    const { response, context } = exchange;
    const demand = estimate();
    try {
      const reserving = this.limiter.reserve(
        key,
        {
          tokens: demand.inputTokens + demand.outputTokens,
          costNano: limits.budgetNano === undefined ? 0 : this.dearestOf(plan, demand),
          at: context.receivedAt,
        },
        () => !response.closed,
      );
      exchange.reservation = reserving instanceof Promise ? await reserving : reserving;
    } catch (error) {
      if (error instanceof LimitRefusal) this.writeHeaders(exchange, this.limiter.stateAfter(error, key));
      throw error;
    }
    this.writeHeaders(exchange, exchange.reservation.state());
  }

  /** What the request costs at the dearest of its candidates, in nano-dollars; what has no price counts as nothing. */
  private dearestOf({ candidates }: Plan, demand: Demand): number {
    return candidates.reduce(
      (most, candidate) => Math.max(most, this.planner.priceOf(candidate, '', demand)?.nano ?? 0),
      0,
    );
  }

  private writeHeaders({ response, format }: Exchange, state: LimitState): void {
    const style = format === 'anthropic-messages' ? 'anthropic' : 'openai';
    for (const [name, value] of toLimitHeaders(state, style, this.clock.now())) {
      response.setHeader(name, value);
    }
  }
}
