import {
  BadRequestException,
  HttpException,
  InternalServerErrorException,
  MethodNotAllowedException,
  NotFoundException,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../contract/gateway-error.js';
import { toGatewayError } from './to-gateway-error.js';

/** An error as Express's body parser throws it. */
function parserError(status: number, type: string | undefined, more: object = {}): Error {
  return Object.assign(new Error(`internal words of ${String(type)}`), { status, type, ...more });
}

/** The same as it arrives: Nest has wrapped it. */
function wrapped(error: Error & { status?: number }): HttpException {
  return new HttpException(error.message, error.status ?? 400, { cause: error });
}

const TOO_LARGE = parserError(413, 'entity.too.large', { limit: 1024 });
const ENCODING = parserError(415, 'encoding.unsupported');
const CHARSET = parserError(415, 'charset.unsupported');
const ABORTED = parserError(400, 'request.aborted');
const SIZE = parserError(400, 'request.size.invalid');
const GZIP = parserError(400, undefined, { code: 'Z_DATA_ERROR' });
const BROTLI = parserError(400, undefined, { code: 'ERR__ERROR_FORMAT_PADDING_1' });

describe('what the framework throws', () => {
  it.each<[string, Error, string, number, RegExp]>([
    ['a body that is too large', TOO_LARGE, 'request_too_large', 413, /1024 bytes \(server\.body_limit\)/],
    ['an unknown encoding', ENCODING, 'unsupported_media_type', 415, /encoding/],
    ['an unknown charset', CHARSET, 'unsupported_media_type', 415, /encoding/],
    ['a caller that left', ABORTED, 'caller_left', 499, /closed/],
    ['a body shorter than it says', SIZE, 'invalid_request', 400, /cannot be read/],
    ['broken gzip', GZIP, 'invalid_request', 400, /not compressed as/],
    ['broken brotli', BROTLI, 'invalid_request', 400, /not compressed as/],
  ])('%s has a code and words of ours, bare or wrapped', (_, error, code, status, message) => {
    for (const thrown of [error, wrapped(error)]) {
      const found = toGatewayError(thrown);
      expect(found).toMatchObject({ code, status });
      expect(found?.message).toMatch(message);
    }
  });

  it.each<[HttpException, string, number]>([
    [new NotFoundException('Cannot GET /x'), 'not_found', 404],
    [new MethodNotAllowedException(), 'method_not_allowed', 405],
    [new HttpException('large', 413), 'request_too_large', 413],
    [new BadRequestException('odd'), 'invalid_request', 400],
    [new HttpException('teapot', 418), 'invalid_request', 418],
  ])('%s keeps its status', (exception, code, status) => {
    expect(toGatewayError(exception)).toMatchObject({ code, status, message: exception.message });
  });

  it('an error of our own passes through untouched', () => {
    const error = new GatewayError('overloaded', 'busy');
    expect(toGatewayError(error)).toBe(error);
  });

  it.each([
    new Error('anything'),
    new TypeError('undefined is not a function'),
    new InternalServerErrorException('inner words'),
    parserError(500, 'stream.encoding.set'),
    Object.assign(new Error('x'), { status: 404 }),
    'text',
    undefined,
    null,
  ])('%s is a fault that nobody expected', (thrown) => {
    expect(toGatewayError(thrown)).toBeUndefined();
  });
});
