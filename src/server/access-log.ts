import { Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Clock } from '../common/clock.js';
import { contextOf, pathOf } from '../common/request-context.js';
import type { RequestWatch } from '../common/request-watch.js';

/** Asked all the time by machines. */
const ROUTINE = /^\/(?:health|metrics|docs)/;

/** Logs a line for each request but those to models, which have a line of their own that says more. */
@Injectable()
export class AccessLog implements RequestWatch {
  private readonly logger = new Logger('Server');

  constructor(private readonly clock: Clock) {}

  end(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    if (request.method !== 'POST' || !path.startsWith('/v1/')) this.write(request, response, path);
  }

  private write(request: IncomingMessage, response: ServerResponse, path: string): void {
    const { requestId, startedAt } = contextOf(request);
    const line = {
      message: 'request',
      request_id: requestId,
      method: request.method,
      path,
      status: response.writableFinished ? response.statusCode : 499,
      total_ms: Math.round(this.clock.monotonic() - startedAt),
    };
    if (ROUTINE.test(path)) this.logger.debug(line);
    else this.logger.log(line);
  }
}
