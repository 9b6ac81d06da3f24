import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import type { EmbeddingsRequest, EmbeddingsResult } from '../contract/embeddings.js';
import { GatewayError } from '../contract/gateway-error.js';
import { CallScope } from './http/call-scope.js';
import { assertAccepted, readAnswer } from './http/read-answer.js';
import { UpstreamClient } from './http/upstream-client.js';
import type { ProviderEndpoint, ProviderKey } from './provider-endpoint.js';

/** One call to make. */
export interface EmbeddingsCall {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly key: ProviderKey;
  readonly request: EmbeddingsRequest;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

export interface EmbeddingsAnswer extends EmbeddingsResult {
  /** Members of the caller's request that the target cannot take and that were left out, by their caller's names. */
  readonly dropped: readonly string[];
}

/** Makes embeddings, with the timers of the provider's settings. */
@Injectable()
export class EmbeddingsCaller {
  constructor(
    private readonly client: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws CallFailure with the facts of what went wrong
   * @throws GatewayError when the request asks for what this target cannot do
   */
  async call(call: EmbeddingsCall): Promise<EmbeddingsAnswer> {
    const { endpoint, model, key, request, signal } = call;
    const { adapter, settings } = endpoint;
    const surface = adapter.embeddings;
    if (surface === undefined) {
      throw new GatewayError('unsupported_parameter', `The provider ${endpoint.name} makes no embeddings`, {
        param: 'model',
      });
    }
    const { format } = surface;
    const { body, dropped } = format.encodeRequest(request, { model });
    const scope = new CallScope(this.clock, signal, 'answer', settings.timeoutMs);
    try {
      scope.signal.throwIfAborted();
      const response = await this.client.send({
        method: 'POST',
        url: surface.url(endpoint.baseUrl, model, settings),
        headers: key.headers,
        body,
        connection: endpoint.connection,
        signal: scope.signal,
      });
      await assertAccepted(
        response,
        (answer) => format.decodeError(answer),
        () => this.clock.now(),
      );
      const result = await readAnswer(response, (text) => format.decodeResponse(text));
      return { ...result, dropped };
    } catch (error) {
      throw scope.toFailure(error, settings.connectTimeoutMs);
    } finally {
      scope.release();
    }
  }
}
