import { Injectable } from '@nestjs/common';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { setBaseHeaders } from '../common/base-headers.js';
import { Clock } from '../common/clock.js';
import { dropBody } from '../common/drop-body.js';
import { beginRequest, contextOf } from '../common/request-context.js';
import type { RequestWatch } from '../common/request-watch.js';
import { settlePath } from '../common/served-path.js';
import { WaitingLine } from '../common/waiting-line.js';
import { writeError } from '../common/write-error.js';
import type { GatewayError } from '../contract/gateway-error.js';
import { Load } from '../telemetry/load.js';
import { Admission } from './admission.js';
import { ConnectionBook } from './connection-book.js';
import { RefusalLog } from './refusal-log.js';

/** What operators ask. It tells them what is going on, so it is served whatever the load. */
const OPERATIONS = /^\/(?:health|metrics|admin)(?:\/|$)/;
const PROBES = /^\/health(?:\/|$)/;

/** To read a larger one and make a request of it takes milliseconds. */
const LARGE_BODY = 262_144;

/**
 * The first thing that sees a request, before Express: gives it its id, counts it, refuses it when there are too many,
 * and starts it when its turn comes. What it refuses has cost next to nothing, and its body is dropped.
 */
@Injectable()
export class FrontDoor {
  private readonly awaitingContinue = new WeakSet<IncomingMessage>();

  private watches: readonly RequestWatch[] = [];

  constructor(
    private readonly admission: Admission,
    private readonly line: WaitingLine,
    private readonly load: Load,
    private readonly log: RefusalLog,
    private readonly book: ConnectionBook,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts itself before the listeners that the server has.
   * @param watches hear of the end of each request
   */
  attach(server: Server, watches: readonly RequestWatch[]): void {
    this.watches = watches;
    const listeners = server.listeners('request') as RequestListener[];
    const serve: RequestListener = (request, response) => {
      setBaseHeaders(request, response);
      if (this.awaitingContinue.has(request)) response.writeContinue();
      for (const listener of listeners) listener(request, response);
    };
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      this.receive(request, response, serve);
    });
    // Without this Node would ask for the body of a request that is then refused.
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      this.awaitingContinue.add(request);
      server.emit('request', request, response);
    });
  }

  private receive(request: IncomingMessage, response: ServerResponse, serve: RequestListener): void {
    beginRequest(request, this.clock);
    const exchange = this.book.begin(request, response);
    if (this.load.isDraining) response.shouldKeepAlive = false;
    const path = settlePath(request);
    const isProbe = PROBES.test(path);
    const isOperation = isProbe || OPERATIONS.test(path);
    const isAlwaysServed = isProbe || (isOperation && !this.load.isRefusing);
    const refusal = isAlwaysServed ? undefined : this.admission.refusal();
    const isCounted = !isProbe && refusal === undefined;
    let leave: (() => void) | undefined;
    response.once('close', () => {
      leave?.();
      if (isCounted) this.load.end();
      this.book.end(exchange);
      for (const watch of this.watches) watch.end(request, response);
    });
    if (refusal !== undefined) {
      this.refuse(request, response, refusal);
      return;
    }
    if (isCounted) this.load.begin();
    this.book.prepare(request);
    if (isOperation) serve(request, response);
    else leave = this.line.join(() => serve(request, response), isLarge(request));
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
    contextOf(request).isSummarized = !this.log.note(error);
    dropBody(request);
    writeError(request, response, error, this.clock);
  }
}

function isLarge({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > LARGE_BODY;
}
