import { Injectable } from '@nestjs/common';
import type { EmbeddingsRequest } from '../contract/embeddings.js';
import { EmbeddingsCaller, type EmbeddingsAnswer } from '../providers/embeddings-caller.js';
import { FailoverService } from './failover.service.js';
import type { RoutingContext, Served } from './operation.js';
import type { Plan } from './plan.js';

/** Takes embeddings through failover. */
@Injectable()
export class EmbeddingsRouter {
  constructor(
    private readonly failover: FailoverService,
    private readonly caller: EmbeddingsCaller,
  ) {}

  /** @throws GatewayError when nobody could serve, or `caller_left` */
  answer(request: EmbeddingsRequest, plan: Plan, context: RoutingContext): Promise<Served<EmbeddingsAnswer>> {
    return this.failover.run(
      {
        ask: ({ candidate: { endpoint, model, key }, headers, signal }) =>
          this.caller.call({ endpoint, model, key, request, headers, signal }),
        discard: () => undefined,
      },
      plan,
      context,
    );
  }
}
