import { Injectable } from '@nestjs/common';
import type { CancelSignal } from '../common/cancel-signal.js';
import { Clock } from '../common/clock.js';
import type { VendorError, VendorErrorResponse } from '../contract/vendor-error.js';
import { joinHeaders } from './http/join-headers.js';
import { CallScope } from './http/call-scope.js';
import { readAnswer } from './http/read-answer.js';
import { UpstreamClient } from './http/upstream-client.js';
import type { ProviderEndpoint, ProviderKey } from './provider-endpoint.js';

/** A call that is answered whole, in JSON. */
export interface JsonCall<Answer> {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly key: ProviderKey;
  readonly url: string;
  /** JSON text. */
  readonly body: string;
  /** Headers of this call, beside those of the key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Where it is shorter than the provider's own. */
  readonly timeoutMs?: number | undefined;
  /** Aborts when nobody wants the answer any more. */
  readonly signal: CancelSignal;
  readonly decode: (text: string) => Answer;
  readonly decodeError: (response: VendorErrorResponse) => VendorError;
}

/** Makes calls that are no chats (embeddings, token counts), with the timers of the provider's settings. */
@Injectable()
export class JsonCaller {
  constructor(
    private readonly client: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /** @throws CallFailure with the facts of what went wrong */
  async call<Answer>(call: JsonCall<Answer>): Promise<Answer> {
    const { endpoint, key } = call;
    const { settings, headers, connection } = endpoint.callOf(call.model);
    const { timeoutMs, connectTimeoutMs } = settings;
    const answerMs = Math.min(timeoutMs, call.timeoutMs ?? Infinity);
    const scope = new CallScope(this.clock, call.signal, { waitingFor: 'answer', answerMs });
    try {
      scope.assertWanted();
      const response = await this.client.fetch({
        method: 'POST',
        url: call.url,
        headers: joinHeaders(key.headers, headers, call.headers),
        body: call.body,
        connection,
        cancellation: scope,
      });
      const { decode, decodeError } = call;
      return readAnswer(response, { decode, decodeError, now: () => this.clock.now() });
    } catch (error) {
      throw scope.toFailure(error, connectTimeoutMs);
    } finally {
      scope.release();
    }
  }
}
