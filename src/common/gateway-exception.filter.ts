import {
  Catch,
  Injectable,
  Logger,
  NotFoundException,
  ServiceUnavailableException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { GatewayError } from '../contract/gateway-error.js';
import { Clock } from './clock.js';
import { dropBody } from './drop-body.js';
import { contextOf } from './request-context.js';
import { toGatewayError } from './to-gateway-error.js';
import { judgeUnknownPath } from './unknown-path.js';
import { writeError } from './write-error.js';

/** Writes every failure in the format of the caller, with the status and the headers that belong to it. */
@Catch()
@Injectable()
export class GatewayExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(private readonly clock: Clock) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // Terminus reports a failed check as an exception whose body is the report.
    if (exception instanceof ServiceUnavailableException) {
      response.status(exception.getStatus()).json(exception.getResponse());
      return;
    }
    const error =
      exception instanceof NotFoundException
        ? this.unknownPath(request, response)
        : (toGatewayError(exception) ?? this.unexpected(exception, contextOf(request).requestId));
    contextOf(request).failure = error;
    if (response.headersSent) {
      // The answer has begun and cannot be mended: a broken connection at least does not look whole.
      response.destroy();
      return;
    }
    if (error.code === 'caller_left') {
      response.destroy();
      return;
    }
    // Whoever was to read it is done with it.
    dropBody(request);
    writeError(request, response, error, this.clock);
  }

  /** Nest throws this one itself, where no route matches. */
  private unknownPath(request: Request, response: Response): GatewayError {
    const { error, allowed } = judgeUnknownPath(request);
    if (allowed.length > 0 && !response.headersSent) response.setHeader('allow', allowed.join(', '));
    return error;
  }

  private unexpected(exception: unknown, requestId: string): GatewayError {
    this.logger.error({ message: 'unexpected fault', request_id: requestId, err: exception });
    return new GatewayError('internal_error', 'The gateway failed to handle the request', {
      cause: exception,
    });
  }
}
