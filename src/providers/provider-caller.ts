import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { Clock } from '../common/clock.js';
import type { ChatChunk } from '../contract/chat-event.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { ChatResult } from '../contract/chat-result.js';
import type { WireFormatName } from '../contract/wire-format-name.js';
import { UnreadableAnswer, type DecodeOptions } from '../contract/wire-format.js';
import { decodeSse } from '../formats/sse/decode-sse.js';
import { CallFailure } from './call-failure.js';
import { guardStream, type StreamCounts } from './guard-stream.js';
import { AnswerTimer } from './http/answer-timer.js';
import { readBody, readStart } from './http/read-body.js';
import { toCallFailure, UpstreamClient, type UpstreamResponse } from './http/upstream-client.js';
import type { ProviderEndpoint, ProviderKey } from './provider-endpoint.js';

/** One call to make. */
export interface ProviderCall {
  readonly endpoint: ProviderEndpoint;
  readonly model: string;
  readonly key: ProviderKey;
  readonly request: ChatRequest;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
}

/** A whole answer, or a stream that ends by itself only when it is whole and throws `CallFailure` otherwise. */
export type ProviderAnswer =
  | { readonly kind: 'result'; readonly result: ChatResult; readonly dropped: readonly string[] }
  | {
      readonly kind: 'stream';
      readonly chunks: AsyncGenerator<readonly ChatChunk[], void, undefined>;
      readonly source: WireFormatName;
      readonly dropped: readonly string[];
      readonly counts: StreamCounts;
    };

const ERROR_BODY_BYTES = 64 * 1024;
const ANSWER_BYTES = 64 * 1024 * 1024;
/** How long a vendor may take to end its response after its end marker before the connection is given up. */
const TRAILER_MS = 1_000;

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
    const { adapter, settings } = endpoint;
    const encoded = adapter.format.encodeRequest(request, { model, traits: endpoint.traitsOf(model) });
    const abort = new AbortController();
    const onCallerLeft = (): void => {
      abort.abort(new CallFailure({ type: 'caller-left' }));
    };
    signal.addEventListener('abort', onCallerLeft, { once: true });
    const timer = new AnswerTimer(
      this.clock,
      abort,
      request.stream ? 'first-token' : 'answer',
      settings.timeoutMs,
    );
    const release = (): void => {
      timer.stop();
      signal.removeEventListener('abort', onCallerLeft);
    };
    let isStreaming = false;
    try {
      if (signal.aborted) throw new CallFailure({ type: 'caller-left' });
      const response = await this.client.send({
        method: 'POST',
        url: adapter.chatUrl(endpoint.baseUrl, model, request.stream, settings),
        headers: encoded.headers === undefined ? key.headers : { ...key.headers, ...encoded.headers },
        body: encoded.body,
        connection: endpoint.connection,
        signal: abort.signal,
      });
      if (response.status < 200 || response.status > 299) await this.refuse(call, response);
      if (!request.stream) {
        const result = await this.readResult(call, response, encoded.decoding);
        return { kind: 'result', result, dropped: encoded.dropped };
      }
      await this.assertEventStream(call, response);
      const counts = { malformed: 0 };
      isStreaming = true;
      return {
        kind: 'stream',
        chunks: this.readStream(call, response, encoded.decoding, abort, timer, counts, release),
        source: adapter.format.name,
        dropped: encoded.dropped,
        counts,
      };
    } catch (error) {
      if (abort.signal.aborted) throw abort.signal.reason;
      if (error instanceof Error && error.name === 'GatewayError') throw error;
      throw toCallFailure(error, settings.connectTimeoutMs);
    } finally {
      if (!isStreaming) release();
    }
  }

  private async refuse(call: ProviderCall, response: UpstreamResponse): Promise<never> {
    const body = await readStart(response.body, ERROR_BODY_BYTES);
    const error = call.endpoint.adapter.format.decodeError({
      status: response.status,
      headers: response.headers,
      body,
      now: this.clock.now(),
    });
    throw new CallFailure({ type: 'vendor-error', error, inStream: false });
  }

  private async readResult(
    call: ProviderCall,
    response: UpstreamResponse,
    decoding: DecodeOptions | undefined,
  ): Promise<ChatResult> {
    const text = await readBody(response.body, ANSWER_BYTES);
    try {
      return call.endpoint.adapter.format.decodeResponse(text, decoding);
    } catch (error) {
      throw toUnreadable(error);
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

  private async *readStream(
    call: ProviderCall,
    response: UpstreamResponse,
    decoding: DecodeOptions | undefined,
    abort: AbortController,
    timer: AnswerTimer,
    counts: StreamCounts,
    release: () => void,
  ): AsyncGenerator<readonly ChatChunk[], void, undefined> {
    let isWhole = false;
    try {
      // The stream is closed below and not by the iterator: after the end marker the connection can serve again.
      const bytes = response.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
      const chunks = call.endpoint.adapter.format.decodeStream(decodeSse(bytes), decoding);
      yield* guardStream(chunks, timer, call.endpoint.settings.idleTimeoutMs, counts);
      isWhole = true;
    } catch (error) {
      if (abort.signal.aborted) throw abort.signal.reason;
      throw toCallFailure(error, call.endpoint.settings.connectTimeoutMs);
    } finally {
      release();
      if (isWhole) this.finishBody(response.body);
      else response.body.destroy();
    }
  }

  /** Lets the last bytes of a whole stream arrive, so that the connection returns to its pool. */
  private finishBody(body: Readable): void {
    if (body.readableEnded || body.destroyed) return;
    const timer = this.clock.startTimer(TRAILER_MS, () => body.destroy());
    body.on('error', () => undefined);
    body.on('close', () => {
      timer.cancel();
    });
    body.resume();
  }
}

function toUnreadable(error: unknown): CallFailure {
  if (!(error instanceof UnreadableAnswer)) {
    return new CallFailure({ type: 'unreadable', detail: 'unreadable answer' }, error);
  }
  return error.vendorError === undefined
    ? new CallFailure({ type: 'unreadable', detail: 'unreadable answer' }, error)
    : new CallFailure({ type: 'vendor-error', error: error.vendorError, inStream: true }, error);
}
