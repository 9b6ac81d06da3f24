import { Injectable } from '@nestjs/common';
import axios, { AxiosHeaders } from 'axios';
import type { IncomingHttpHeaders } from 'node:http';
import { Clock } from '../../common/clock.js';
import { StreamTurns } from '../../common/stream-turns.js';
import { CallFailure } from '../call-failure.js';
import { refusalOf } from './connectors.js';
import { ERROR_BODY_BYTES, type AnswerBounds } from './answer-collector.js';
import type { BodyReader } from './body-reader.js';
import { undiciAdapter, WireRequest, type UndiciRequestConfig } from './undici-adapter.js';
import type { Cancellation } from './cancellation.js';
import type { ConnectionSettings } from './connection-settings.js';
import { splitUrl } from './split-url.js';
import { toCallFailure } from './to-call-failure.js';
import { UpstreamPools } from './upstream-pools.js';

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string | undefined;
  readonly connection: ConnectionSettings;
  /** It closes the socket, also while the body is read; its failure is what the reader then throws. */
  readonly cancellation: Cancellation;
}

/** Lower-case names. */
type ResponseHeaders = Readonly<Record<string, string | undefined>>;

/** An answer that has come to its end, decompressed. */
export interface WholeResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly text: string;
}

/** An answer of which only the head has come. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** Of decompressed bytes. Must be read to the end, finished or destroyed, or the connection stays with it. */
  readonly body: BodyReader;
}

/** Whether there is anything to join: most answers have nothing. */
function hasList(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (Array.isArray(headers[name])) return true;
  return false;
}

function flatten(headers: IncomingHttpHeaders): ResponseHeaders {
  if (!hasList(headers)) return headers as ResponseHeaders;
  const flat: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** Everything that axios would merge, validate and transform anew for each request. */
const PREPARED = { headers: new AxiosHeaders(), validateStatus: null, maxRedirects: 0 } as const;

const BOUNDS: AnswerBounds = { good: 64 * 1024 * 1024, error: ERROR_BODY_BYTES };

/**
 * The one HTTP client towards vendors. It calls its adapter as axios itself calls it in the end, for a tenth of a
 * request's cost less.
 */
@Injectable()
export class UpstreamClient {
  private readonly adapter = axios.getAdapter(undiciAdapter);

  constructor(
    private readonly pools: UpstreamPools,
    private readonly turns: StreamTurns,
    private readonly clock: Clock,
  ) {}

  /**
   * Sends a request and gives the answer as soon as its headers are there, whatever its status.
   * @throws CallFailure `unreachable`, `timeout` (connection), `reset`, `gateway-fault`, or why the call was ended
   */
  async open(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { data, status, headers } = await this.send(request, 'stream');
    return { status, headers, body: data as BodyReader };
  }

  /**
   * Sends a request and gives the answer when it is whole, whatever its status. Of an error that is longer than 64 KiB
   * the beginning is enough.
   * @throws CallFailure as `open`, and `gateway-fault` for an answer that is larger than 64 MiB
   */
  async fetch(request: UpstreamRequest): Promise<WholeResponse> {
    const { data, status, headers } = await this.send(request, 'arraybuffer');
    return { status, headers, text: (data as Buffer).toString('utf8') };
  }

  private async send(
    { url, method, body, headers, connection, cancellation }: UpstreamRequest,
    responseType: 'stream' | 'arraybuffer',
  ): Promise<{ readonly data: unknown; readonly status: number; readonly headers: ResponseHeaders }> {
    try {
      const { origin, path } = splitUrl(url);
      const pool = this.pools.poolFor(origin, connection);
      const wire = new WireRequest(pool, origin, path, headers, BOUNDS, this.turns, this.clock);
      const config: UndiciRequestConfig = {
        ...PREPARED,
        responseType,
        method,
        cancellation,
        wire,
        data: body ?? null,
      };
      const response = await this.adapter(config);
      // In absolute form the proxy answers as if it were the vendor.
      if (response.status === 407 && pool.isForwarding) {
        if (responseType === 'stream') (response.data as BodyReader).destroy();
        throw new CallFailure({ type: 'unreachable', detail: refusalOf(response.status) });
      }
      return { ...response, headers: flatten(response.request as IncomingHttpHeaders) };
    } catch (error) {
      if (cancellation.failure !== undefined) throw cancellation.failure;
      throw toCallFailure(error, connection.connectTimeoutMs);
    }
  }
}
