import { Injectable } from '@nestjs/common';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Clock } from '../common/clock.js';
import { beginRequest, contextOf, pathOf } from '../common/request-context.js';
import { writeError } from '../common/write-error.js';
import type { GatewayError } from '../contract/gateway-error.js';
import { Load } from '../telemetry/load.js';
import { Admission } from './admission.js';
import { RefusalLog } from './refusal-log.js';
import { WaitingLine } from './waiting-line.js';

/** What operators ask. It tells them what is going on, so it is served whatever the load. */
const OPERATIONS = /^\/(?:health|metrics|admin)(?:\/|$)/;
const PROBES = /^\/health(?:\/|$)/;

/** What keeps a browser from taking an answer for something else, or showing it in a page of somebody else. */
const SAFETY = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'SAMEORIGIN'],
  ['referrer-policy', 'no-referrer'],
] as const;

/**
 * The first thing that sees a request, before Express: gives it its id, counts it, refuses it when there are too many,
 * and starts it when its turn comes. What it refuses has cost next to nothing, and its body is not read.
 */
@Injectable()
export class FrontDoor {
  private readonly awaitingContinue = new WeakSet<IncomingMessage>();

  constructor(
    private readonly admission: Admission,
    private readonly line: WaitingLine,
    private readonly load: Load,
    private readonly log: RefusalLog,
    private readonly clock: Clock,
  ) {}

  /** Puts itself before the listeners that the server has. */
  attach(server: Server): void {
    const listeners = server.listeners('request') as RequestListener[];
    const serve: RequestListener = (request, response) => {
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
    const { requestId } = beginRequest(request, this.clock);
    response.setHeader('x-request-id', requestId);
    for (const [name, value] of SAFETY) response.setHeader(name, value);
    // Where Anthropic's SDKs look for it.
    if (request.headers['anthropic-version'] !== undefined) response.setHeader('request-id', requestId);
    if (this.load.isDraining) response.setHeader('connection', 'close');
    const path = pathOf(request);
    if (PROBES.test(path)) {
      serve(request, response);
      return;
    }
    const isOperation = OPERATIONS.test(path);
    const refusal = isOperation && !this.load.isRefusing ? undefined : this.admission.refusal();
    if (refusal !== undefined) {
      this.refuse(request, response, refusal);
      return;
    }
    this.load.begin();
    if (isOperation) {
      response.once('close', () => {
        this.load.end();
      });
      serve(request, response);
      return;
    }
    const leave = this.line.join(() => {
      serve(request, response);
    });
    response.once('close', () => {
      leave();
      this.load.end();
    });
  }

  private refuse(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
    contextOf(request).isSummarized = !this.log.note(error);
    writeError(request, response, error, this.clock);
  }
}
