import { Injectable } from '@nestjs/common';
import { SettingsHolder } from '../config/settings-holder.js';
import { mayBindReasoning, type ChatRequest } from '../contract/chat-request.js';
import type { EmbeddingsRequest } from '../contract/embeddings.js';
import type { Usage } from '../contract/usage.js';
import { readSession, recognise } from '../routing/affinity.js';
import type { Candidate } from '../routing/candidate.js';
import { fitPlan } from '../routing/fit-plan.js';
import { listDropped } from '../routing/list-dropped.js';
import type { Plan } from '../routing/plan.js';
import { Planner } from '../routing/planner.js';
import { PriceBook, toPricedTarget, type Price } from '../usage/price-book.js';
import { estimateTokens } from '../usage/estimate-tokens.js';
import type { Exchange } from './exchange.js';

/** Plans requests with what the edge knows of them: who calls, which session, what it would cost. */
@Injectable()
export class RequestPlanner {
  constructor(
    private readonly settings: SettingsHolder,
    private readonly planner: Planner,
    private readonly prices: PriceBook,
  ) {}

  /**
   * `take`: false only looks; nobody's turn is used up.
   * @throws GatewayError `model_not_found`, `model_not_allowed`, `unsupported_parameter`, ...
   */
  planChat(asked: ChatRequest, { caller, request }: Exchange, take = true): Plan {
    let usage: Usage | undefined;
    const plan = this.planner.plan(
      asked,
      {
        allowedModels: caller.models,
        isBound: () => mayBindReasoning(asked),
        recognise: () => recognise(asked, caller.keyName ?? '', readSession(request.headers)),
        costOf: (target) =>
          this.prices.costOf(toPricedTarget(target), target.model, (usage ??= estimateTokens(asked))),
        pricesOf: (target) => this.prices.perMillion(toPricedTarget(target)),
        droppedBy: (target) => listDropped(asked, target),
        take,
      },
      this.settings.current,
    );
    return fitPlan(plan, asked);
  }

  /** @throws GatewayError `model_not_found`, `model_not_allowed`, ... */
  planEmbeddings({ model, provider }: EmbeddingsRequest, { caller }: Exchange, take = true): Plan {
    const inputs = { allowedModels: caller.models, costOf: () => null, take };
    return this.planner.plan({ model, provider }, inputs, this.settings.current);
  }

  /** `served`: what the vendor says it served, empty where it does not; `null` where no price is known. */
  priceOf(candidate: Candidate, served: string, usage: Usage | undefined): Price | null {
    return this.prices.priceOf(toPricedTarget(candidate), served || candidate.model, usage);
  }
}
