import { AxiosHeaders, type AxiosAdapter, type InternalAxiosRequestConfig, type AxiosResponse } from 'axios';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

/**
 * What a request is beyond axios's own settings. An instance of a class, because axios merges plain objects member by
 * member for each request.
 */
export class WireRequest {
  constructor(
    readonly dispatcher: Dispatcher,
    readonly origin: string,
    readonly path: string,
    readonly headers: Readonly<Record<string, string>>,
  ) {}
}

export interface UndiciRequestConfig extends InternalAxiosRequestConfig<string> {
  readonly wire: WireRequest;
}

function decompress(body: Readable, encoding: string | undefined): Readable {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return pipeThrough(body, createGunzip());
    case 'deflate':
      return pipeThrough(body, createInflate());
    case 'br':
      return pipeThrough(body, createBrotliDecompress());
    default:
      return body;
  }
}

/** Not `pipeline`: an error must reach the reader of the transform, and closing the reader must close the socket. */
function pipeThrough(body: Readable, transform: Readable & NodeJS.WritableStream): Readable {
  body.on('error', (error) => transform.destroy(error));
  transform.on('close', () => body.destroy());
  body.pipe(transform);
  return transform;
}

/**
 * An axios adapter over undici's connection pools: about a quarter of the cost of axios's default one. Redirects are
 * not followed: a redirect is an answer like any other. The response's `data` is a readable stream.
 */
export const undiciAdapter: AxiosAdapter = async (config): Promise<AxiosResponse<Readable>> => {
  const { wire, signal, data, method } = config as UndiciRequestConfig;
  const response = await wire.dispatcher.request({
    origin: wire.origin,
    path: wire.path,
    method: method === 'POST' ? 'POST' : 'GET',
    headers: wire.headers,
    body: data ?? null,
    signal: signal as AbortSignal,
  });
  const encoding = response.headers['content-encoding'];
  return {
    data: decompress(response.body, typeof encoding === 'string' ? encoding.toLowerCase() : undefined),
    status: response.statusCode,
    statusText: '',
    headers: new AxiosHeaders(),
    config,
    request: response.headers,
  };
};
