import { Injectable } from '@nestjs/common';
import axios, { AxiosHeaders } from 'axios';
import type { IncomingHttpHeaders } from 'node:http';
import { Clock } from '../../common/clock.js';
import { StreamTurns } from '../../common/stream-turns.js';
import { CallFailure } from '../call-failure.js';
import { ERROR_BODY_BYTES, type AnswerBounds } from './answer-collector.js';
import type { BodyReader } from './body-reader.js';
import { undiciAdapter, WireRequest, type UndiciRequestConfig } from './undici-adapter.js';
import type { Cancellation } from './cancellation.js';
import { splitUrl } from './split-url.js';
import { UpstreamPools, type ConnectionSettings } from './upstream-pools.js';

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

const UNREACHABLE = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'host name not found'],
  ['EAI_AGAIN', 'host name look-up failed'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'network unreachable'],
  ['EADDRNOTAVAIL', 'address not available'],
  ['EPROTO', 'TLS failure'],
  ['ERR_FORBIDDEN_ADDRESS', 'link-local or metadata address refused'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS certificate refused'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'TLS certificate refused'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'TLS certificate refused'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'TLS certificate refused'],
]);

const TLS_CODE = /^(?:ERR_TLS_|ERR_SSL_|CERT_)/;

/** Reads a transport error of undici, axios or Node. The detail is ours, never the error's own text. */
export function toCallFailure(error: unknown, connectTimeoutMs: number): CallFailure {
  if (error instanceof CallFailure) return error;
  const code = readCode(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new CallFailure(
      { type: 'timeout', waitingFor: 'connection', milliseconds: connectTimeoutMs },
      error,
    );
  }
  const unreachable = UNREACHABLE.get(code) ?? (TLS_CODE.test(code) ? 'TLS failure' : undefined);
  if (unreachable !== undefined) return new CallFailure({ type: 'unreachable', detail: unreachable }, error);
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_RES_')) {
    return new CallFailure({ type: 'unreadable', detail: 'not an HTTP answer' }, error);
  }
  if (code.startsWith('Z_')) {
    return new CallFailure({ type: 'unreadable', detail: 'broken compression' }, error);
  }
  return new CallFailure({ type: 'reset', detail: 'connection reset' }, error);
}

function readCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? readCode(error.cause) : '';
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
   * @throws CallFailure `unreachable`, `timeout` (connection), `reset`, or why the call was ended
   */
  async open(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { data, status, headers } = await this.send(request, 'stream');
    return { status, headers, body: data as BodyReader };
  }

  /**
   * Sends a request and gives the answer when it is whole, whatever its status. Of an error that is longer than 64 KiB
   * the beginning is enough.
   * @throws CallFailure as `open`, and `unreadable` for an answer that is larger than 64 MiB
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
      const dispatcher = this.pools.poolFor(origin, connection);
      const wire = new WireRequest(dispatcher, origin, path, headers, BOUNDS, this.turns, this.clock);
      const config: UndiciRequestConfig = {
        ...PREPARED,
        responseType,
        method,
        cancellation,
        wire,
        data: body ?? null,
      };
      const response = await this.adapter(config);
      return { ...response, headers: flatten(response.request as IncomingHttpHeaders) };
    } catch (error) {
      if (cancellation.failure !== undefined) throw cancellation.failure;
      throw toCallFailure(error, connection.connectTimeoutMs);
    }
  }
}
