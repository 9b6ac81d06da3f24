import { Injectable } from '@nestjs/common';
import type { CancelSignal } from '../common/cancel-signal.js';
import { Clock } from '../common/clock.js';
import type { ChunkStream } from '../contract/chunk-stream.js';
import { asksForReasoning, withoutBoundReasoning, type ChatRequest } from '../contract/chat-request.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { UnreadableAnswer, type DecodeOptions, type EncodedRequest } from '../contract/wire-format.js';
import type { AnswerMeter } from '../contract/answer-meter.js';
import type { VendorError, VendorErrorResponse } from '../contract/vendor-error.js';
import { CallFailure } from './call-failure.js';
import { ERROR_BODY_BYTES } from './http/answer-collector.js';
import type { AnswerPatience } from './http/answer-timer.js';
import { joinHeaders } from './http/join-headers.js';
import { CallScope } from './http/call-scope.js';
import { assertAccepted, readAnswer } from './http/read-answer.js';
import { readStart } from './http/read-start.js';
import { toUnreadable } from './http/to-call-failure.js';
import { UpstreamClient, type UpstreamRequest, type UpstreamResponse } from './http/upstream-client.js';
import { overlayBody } from './overlay-body.js';
import type { ProviderEndpoint, ProviderKey } from './provider-endpoint.js';
import { StreamGuard } from './stream-guard.js';
import { VendorStream } from './vendor-stream.js';

/** One call to make. */
export interface ProviderCall {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly key: ProviderKey;
  readonly request: ChatRequest;
  /** The signed reasoning in the conversation was made for another key and is left out. */
  readonly foreignReasoning?: boolean | undefined;
  /** Of this call alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborts when the caller leaves. */
  readonly signal: CancelSignal;
  /** Reads the answer along. */
  readonly meter: AnswerMeter;
}

/** A whole answer, or a stream that ends by itself only when it is whole and throws `CallFailure` otherwise. */
export type ProviderAnswer =
  | { readonly kind: 'result'; readonly result: ChatResult; readonly dropped: readonly string[] }
  | {
      readonly kind: 'stream';
      readonly chunks: ChunkStream;
      readonly source: WireFormatName;
      readonly dropped: readonly string[];
    };

/** Makes calls: encodes the request, sends it, reads the answer, with the timers of the provider's settings. */
@Injectable()
export class ProviderCaller {
  constructor(
    private readonly client: UpstreamClient,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws CallFailure with the facts of what went wrong
   * @throws GatewayError when the request asks for what this target cannot do
   */
  async call(call: ProviderCall): Promise<ProviderAnswer> {
    const { endpoint, model, key, request, signal } = call;
    const { adapter } = endpoint;
    const { settings, headers, connection } = endpoint.callOf(model);
    const encoded = encodeFor(call);
    const scope = new CallScope(this.clock, signal, patienceOf(call));
    let isStreaming = false;
    try {
      scope.assertWanted();
      const upstream: UpstreamRequest = {
        method: 'POST',
        url: adapter.chatUrl(endpoint.baseUrl, model, request.stream, endpoint.settings),
        headers: joinHeaders(key.headers, headers, encoded.headers, call.headers),
        body: encoded.body,
        connection,
        cancellation: scope,
      };
      const { dropped, decoding } = encoded;
      const errors = {
        decodeError: (answer: VendorErrorResponse) =>
          judgeAuthor(adapter.format.decodeError(answer), encoded),
        now: () => this.clock.now(),
      };
      if (!request.stream) {
        const answer = await this.client.fetch(upstream);
        call.meter.headers = answer.headers;
        const result = readAnswer(answer, {
          ...errors,
          decode: (text) => adapter.format.decodeResponse(text, decoding),
        });
        call.meter.readResult(result);
        return { kind: 'result', result, dropped };
      }
      const response = await this.client.open(upstream);
      call.meter.headers = response.headers;
      await assertAccepted(response, errors);
      scope.timer.noteSign();
      await this.assertEventStream(call, response);
      isStreaming = true;
      return {
        kind: 'stream',
        chunks: this.openStream(call, response, decoding, scope),
        source: adapter.format.name,
        dropped,
      };
    } catch (error) {
      throw scope.toFailure(error, settings.connectTimeoutMs);
    } finally {
      if (!isStreaming) scope.release();
    }
  }

  /** A stream was asked for: anything else is an error in disguise or a page of some proxy. */
  private async assertEventStream(call: ProviderCall, response: UpstreamResponse): Promise<void> {
    const contentType = response.headers['content-type'] ?? 'text/event-stream';
    if (/^text\/event-stream\b/i.test(contentType.trim())) return;
    const text = await readStart(response.body, ERROR_BODY_BYTES);
    try {
      call.endpoint.adapter.format.decodeResponse(text);
    } catch (error) {
      if (error instanceof UnreadableAnswer && error.vendorError !== undefined) throw toUnreadable(error);
    }
    throw new CallFailure({ type: 'unreadable', detail: 'wrong content type' });
  }

  private openStream(
    { endpoint, model, request, meter }: ProviderCall,
    response: UpstreamResponse,
    decoding: DecodeOptions | undefined,
    scope: CallScope,
  ): VendorStream {
    const { adapter } = endpoint;
    const { settings } = endpoint.callOf(model);
    return new VendorStream(
      response.body,
      adapter.format.createStreamDecoder(decoding),
      new StreamGuard(scope.timer, settings.idleTimeoutMs, meter, request.sampling.n ?? 1),
      scope,
      settings.connectTimeoutMs,
    );
  }
}

/**
 * A body that the gateway wrote, and of which the vendor refuses a part, may be the gateway's own fault: then it says
 * nothing of the request, and another target may take it.
 */
function judgeAuthor(error: VendorError, { isVerbatim }: EncodedRequest): VendorError {
  const mayBeOurs = !isVerbatim && error.kind === 'invalid_request' && error.namesPart === true;
  return mayBeOurs ? { ...error, kind: 'unsupported_request' } : error;
}

/** Where vendors of OpenAI's chat format keep reasoning that only they can read. */
const BOUND_MEMBERS = ['messages[].reasoning_details', 'messages[].thinking_blocks'];

function patienceOf({ endpoint, model, request }: ProviderCall): AnswerPatience {
  const { timeoutMs, firstTokenTimeoutMs } = endpoint.callOf(model).settings;
  if (!request.stream) return { waitingFor: 'answer', answerMs: timeoutMs };
  // Who reasons may be silent until it has an answer, its head included.
  const reasons = asksForReasoning(request) ?? endpoint.traitsOf(model).reasonsUnasked ?? false;
  return {
    waitingFor: 'first-token',
    answerMs: timeoutMs,
    firstSignMs: reasons ? undefined : firstTokenTimeoutMs,
  };
}

function encodeFor(call: ProviderCall): EncodedRequest {
  const encoded = encodeInFormat(call);
  const { body } = call.endpoint.callOf(call.model).settings;
  return body === undefined ? encoded : overlayBody(encoded, body, call.request.original.json);
}

function encodeInFormat({
  endpoint,
  model,
  request,
  foreignReasoning = false,
}: ProviderCall): EncodedRequest {
  const { format } = endpoint.adapter;
  const traits = endpoint.traitsOf(model);
  if (!foreignReasoning) return format.encodeRequest(request, { model, traits });
  const unsupported = [...(traits.unsupported ?? []), ...BOUND_MEMBERS];
  const encoded = format.encodeRequest(withoutBoundReasoning(request), {
    model,
    traits: { ...traits, unsupported },
    foreignReasoning,
  });
  const dropped = encoded.dropped.filter((name) => !BOUND_MEMBERS.includes(name));
  return { ...encoded, dropped: [...new Set([...dropped, 'messages.reasoning'])] };
}
