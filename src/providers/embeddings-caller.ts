import { Injectable } from '@nestjs/common';
import type { CancelSignal } from '../common/cancel-signal.js';
import type { EmbeddingsRequest, EmbeddingsResult } from '../contract/embeddings.js';
import { GatewayError } from '../contract/gateway-error.js';
import { JsonCaller } from './json-caller.js';
import type { ProviderEndpoint, ProviderKey } from './provider-endpoint.js';

/** One call to make. */
export interface EmbeddingsCall {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly key: ProviderKey;
  readonly request: EmbeddingsRequest;
  /** Of this call alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborts when the caller leaves. */
  readonly signal: CancelSignal;
}

export interface EmbeddingsAnswer extends EmbeddingsResult {
  /** Members of the caller's request that the target cannot take and that were left out, by their caller's names. */
  readonly dropped: readonly string[];
}

/** Makes embeddings. */
@Injectable()
export class EmbeddingsCaller {
  constructor(private readonly caller: JsonCaller) {}

  /**
   * @throws CallFailure with the facts of what went wrong
   * @throws GatewayError when the request asks for what this target cannot do
   */
  async call({ endpoint, model, key, request, headers, signal }: EmbeddingsCall): Promise<EmbeddingsAnswer> {
    const surface = endpoint.adapter.embeddings;
    if (surface === undefined) {
      throw new GatewayError('unsupported_parameter', `The provider ${endpoint.name} makes no embeddings`, {
        param: 'model',
      });
    }
    const { format } = surface;
    const { body, dropped } = format.encodeRequest(request, { model });
    const result = await this.caller.call({
      endpoint,
      model,
      key,
      url: surface.url(endpoint.baseUrl, model, endpoint.settings),
      body,
      headers,
      signal,
      decode: (text) => format.decodeResponse(text),
      decodeError: (response) => format.decodeError(response),
    });
    return { ...result, dropped };
  }
}
