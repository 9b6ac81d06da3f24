import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { CallScope } from './http/call-scope.js';
import { UpstreamClient } from './http/upstream-client.js';
import type { ProviderEndpoint } from './provider-endpoint.js';

/** A list needs no thinking. */
const LONGEST_LIST_MS = 30_000;

/** Asks vendors for their list of models: a call that costs nothing and shows whether they answer. */
@Injectable()
export class ModelListCaller {
  constructor(
    private readonly client: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /** Whether the vendor answered with a good status within its timeout. Never throws. */
  async isAnswering(endpoint: ProviderEndpoint): Promise<boolean> {
    const [key] = endpoint.keys;
    if (key === undefined) return false;
    const answerMs = Math.min(endpoint.settings.timeoutMs, LONGEST_LIST_MS);
    const scope = new CallScope(this.clock, new AbortController().signal, { waitingFor: 'answer', answerMs });
    try {
      const { status, body } = await this.client.open({
        method: 'GET',
        url: `${endpoint.baseUrl}/models`,
        headers: { ...key.headers, ...endpoint.adapter.probeHeaders },
        connection: endpoint.connection,
        cancellation: scope,
      });
      body.destroy();
      return status >= 200 && status <= 299;
    } catch {
      return false;
    } finally {
      scope.release();
    }
  }
}
