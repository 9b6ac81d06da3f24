import { HttpException } from '@nestjs/common';
import { GatewayError } from '../contract/gateway-error.js';
import { callerLeft } from './caller-left.js';

/** Reads what Nest, Express and its body parser throw. `undefined`: a fault of our own that nobody expected. */
export function toGatewayError(exception: unknown): GatewayError | undefined {
  if (exception instanceof GatewayError) return exception;
  if (!(exception instanceof HttpException)) return fromExpress(exception);
  // Nest wraps what Express and its body parser throw, and keeps it as the cause.
  return fromExpress(exception.cause) ?? fromStatus(exception.getStatus(), exception.message, exception);
}

function fromExpress(exception: unknown): GatewayError | undefined {
  if (isBrokenCompression(exception)) {
    return new GatewayError('invalid_request', 'The body is not compressed as its content-encoding says', {
      cause: exception,
    });
  }
  const type = readMember(exception, 'type');
  const status = readMember(exception, 'status');
  if (typeof type !== 'string' || typeof status !== 'number') return undefined;
  switch (type) {
    case 'entity.too.large': {
      const limit = readMember(exception, 'limit');
      return new GatewayError(
        'request_too_large',
        `The body is larger than the limit of ${String(limit)} bytes (server.body_limit)`,
      );
    }
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new GatewayError('unsupported_media_type', 'The body has an encoding that cannot be read', {
        cause: exception,
      });
    case 'request.aborted':
      return callerLeft();
    default:
      return fromStatus(status, 'The request cannot be read', exception);
  }
}

function fromStatus(status: number, message: string, cause: unknown): GatewayError | undefined {
  switch (status) {
    case 404:
      return new GatewayError('not_found', message, { cause });
    case 405:
      return new GatewayError('method_not_allowed', message, { cause });
    case 413:
      return new GatewayError('request_too_large', message, { cause });
    default:
      return status >= 400 && status < 500
        ? new GatewayError('invalid_request', message, { status, cause })
        : undefined;
  }
}

function readMember(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function isBrokenCompression(exception: unknown): boolean {
  const code = readMember(exception, 'code');
  return typeof code === 'string' && /^(?:Z_|ERR_BROTLI|ERR__ERROR)/.test(code);
}
