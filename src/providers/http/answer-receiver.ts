import type { Dispatcher } from 'undici';
import { CallFailure } from '../call-failure.js';
import type { WireUser } from './connection.js';
import type { Wire } from './wire.js';

/**
 * In the place of an answer: a connection that had served before closed before a byte of this one. The vendor most
 * likely closed it as idle just when the request went out; RFC 9112, section 9.3.1, lets such a request be repeated.
 */
export class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/** Errors of a connection that the other side has closed. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** What every reader of an answer keeps of the connection that it comes over. */
export abstract class AnswerReceiver implements WireUser {
  protected controller: Dispatcher.DispatchController | undefined;
  protected isOver = false;
  private wire: Wire | undefined;
  private isReused = false;

  onWire(wire: Wire): void {
    this.wire = wire;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    this.isReused = this.wire?.begin() ?? false;
    // Nobody has waited for the connection.
    if (this.isOver) controller.abort(new CallFailure({ type: 'caller-left' }));
  }

  /** What to reject with when no answer has come. */
  protected toReason(error: Error): Error {
    const isStale = this.isReused && this.wire?.isSilent === true && isClosing(error);
    return isStale ? new StaleConnection(error.message, { cause: error }) : error;
  }
}

function isClosing(error: Error): boolean {
  return 'code' in error && CLOSED.has(String(error.code));
}
