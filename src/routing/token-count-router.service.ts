import { Injectable } from '@nestjs/common';
import type { ChatRequest } from '../contract/chat-request.js';
import { GatewayError } from '../contract/gateway-error.js';
import { TokenCounter } from '../providers/token-counter.js';
import { FailoverService } from './failover.service.js';
import type { RoutingContext, Served } from './operation.js';
import type { Plan } from './plan.js';

/** Asks the vendor that would serve a request how many tokens it has. */
@Injectable()
export class TokenCountRouter {
  constructor(
    private readonly failover: FailoverService,
    private readonly counter: TokenCounter,
  ) {}

  /**
   * `undefined`: the vendor that comes first does not count, or none that should does.
   * @throws GatewayError when a vendor says that the request is at fault, or the caller left
   */
  async count(
    request: ChatRequest,
    plan: Plan,
    context: RoutingContext,
  ): Promise<Served<number> | undefined> {
    const [first] = plan.candidates;
    if (first === undefined || !this.counter.canCount(first.endpoint)) return undefined;
    const candidates = plan.candidates.filter(({ endpoint }) => this.counter.canCount(endpoint));
    try {
      return await this.failover.run(
        {
          isIncidental: true,
          ask: ({ candidate: { endpoint, model, key }, headers, signal }) =>
            this.counter.count({ endpoint, model, key, request, headers, signal }),
          discard: () => undefined,
        },
        { ...plan, candidates, hedgeAfterMs: undefined },
        context,
      );
    } catch (error) {
      if (error instanceof GatewayError && concernsCaller(error)) throw error;
      return undefined;
    }
  }
}

/** Whatever else a vendor answers means that it does not count, whether it says so by 404, 405, 500 or 429. */
function concernsCaller({ code, status }: GatewayError): boolean {
  switch (code) {
    case 'invalid_request':
      return status === 400 || status === 422;
    case 'unsupported_parameter':
    case 'caller_left':
      return true;
    default:
      return false;
  }
}
