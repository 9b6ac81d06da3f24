import { AxiosHeaders, type AxiosAdapter, type InternalAxiosRequestConfig, type AxiosResponse } from 'axios';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../common/clock.js';
import type { StreamTurns } from '../../common/stream-turns.js';
import { AnswerCollector, type AnswerBounds, type CollectedAnswer } from './answer-collector.js';
import { AnswerOpener, type OpenAnswer } from './answer-opener.js';
import { StaleConnection } from './answer-receiver.js';
import type { BodyReader } from './body-reader.js';
import type { Cancellation } from './cancellation.js';
import { decompressWhole, encodingOf } from './decompress.js';
import type { UpstreamPool } from './upstream-pool.js';

/**
 * What a request is beyond axios's own settings. An instance of a class, because axios merges plain objects member by
 * member for each request.
 */
export class WireRequest {
  constructor(
    readonly pool: UpstreamPool,
    readonly origin: string,
    readonly path: string,
    readonly headers: Readonly<Record<string, string>>,
    readonly bounds: AnswerBounds,
    readonly turns: StreamTurns,
    readonly clock: Clock,
  ) {}
}

export interface UndiciRequestConfig extends InternalAxiosRequestConfig<string | null> {
  readonly wire: WireRequest;
  readonly cancellation: Cancellation;
}

/**
 * An axios adapter over undici's connection pools: about a quarter of the cost of axios's default one. Redirects are
 * not followed: a redirect is an answer like any other. With `responseType: 'stream'` the response's `data` is a
 * `BodyReader` that is there with the head of the answer, else it is a `Buffer` of the whole. Both are decompressed.
 */
export const undiciAdapter: AxiosAdapter = async (config): Promise<AxiosResponse<BodyReader | Buffer>> => {
  const request = config as UndiciRequestConfig;
  if (request.responseType === 'stream') {
    const { status, headers, body } = await open(request);
    return toResponse(body, status, headers, request);
  }
  const { status, headers, body, isCut } = await collect(request);
  const encoding = encodingOf(headers);
  const most = request.wire.bounds.good;
  const whole = encoding === undefined ? body : await decompressWhole(body, encoding, { most, isCut });
  return toResponse(whole, status, headers, request);
};

function open(request: UndiciRequestConfig): Promise<OpenAnswer> {
  const { wire, cancellation } = request;
  return dispatch(
    request,
    (resolve, reject) => new AnswerOpener(wire.turns, wire.clock, cancellation, resolve, reject),
  );
}

function collect(request: UndiciRequestConfig): Promise<CollectedAnswer> {
  const { wire, cancellation } = request;
  return dispatch(
    request,
    (resolve, reject) => new AnswerCollector(wire.bounds, cancellation, resolve, reject),
  );
}

type Receive<Answer> = (
  resolve: (answer: Answer) => void,
  reject: (error: Error) => void,
) => Dispatcher.DispatchHandler;

/** Sends the request, and once more over a new connection when that of the pool turns out to be stale. */
function dispatch<Answer>(request: UndiciRequestConfig, receive: Receive<Answer>): Promise<Answer> {
  const { pool } = request.wire;
  const options = dispatchOptions(request);
  return new Promise((resolve, reject) => {
    const onFailure = (error: Error): void => {
      const isWanted = request.cancellation.failure === undefined;
      if (isWanted && error instanceof StaleConnection)
        pool.dispatchAfresh(options, receive(resolve, reject));
      else reject(error);
    };
    pool.dispatch(options, receive(resolve, onFailure));
  });
}

function dispatchOptions({ wire, method, data }: UndiciRequestConfig): Dispatcher.DispatchOptions {
  return {
    origin: wire.origin,
    path: wire.path,
    method: method === 'POST' ? 'POST' : 'GET',
    headers: wire.headers,
    body: data ?? null,
  };
}

function toResponse<Body>(
  data: Body,
  status: number,
  headers: IncomingHttpHeaders,
  config: UndiciRequestConfig,
): AxiosResponse<Body> {
  return { data, status, statusText: '', headers: new AxiosHeaders(), config, request: headers };
}
