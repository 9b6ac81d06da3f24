import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { CallFailure } from '../call-failure.js';
import { AnswerReceiver } from './answer-receiver.js';
import { tooLarge } from './decompress.js';
import { gatewayFault } from './to-call-failure.js';
import type { Cancellation } from './cancellation.js';

/** A whole answer as it came, maybe compressed. */
export interface CollectedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Only the beginning of an error's body was read. */
  readonly isCut: boolean;
}

/** Enough of an error's body to know it by. */
export const ERROR_BODY_BYTES = 64 * 1024;

/** Bytes of an answer that are read at most: beyond, a good one is a failure, and of an error the beginning is enough. */
export interface AnswerBounds {
  readonly good: number;
  readonly error: number;
}

/**
 * Reads a whole answer as undici hands it out, without a stream in between: that costs as much as the rest of a call.
 * A call that is ended closes the connection and rejects with the reason.
 */
export class AnswerCollector extends AnswerReceiver implements Dispatcher.DispatchHandler {
  private readonly pieces: Buffer[] = [];
  private size = 0;
  private status = 0;
  private headers: IncomingHttpHeaders = {};

  constructor(
    private readonly bounds: AnswerBounds,
    cancellation: Cancellation,
    private readonly resolve: (answer: CollectedAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    super();
    cancellation.onAbort((failure) => {
      if (!this.isOver) this.fail(failure);
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.isOver) return;
    this.pieces.push(piece);
    this.size += piece.length;
    if (this.isGood) {
      if (this.size <= this.bounds.good) return;
      this.fail(gatewayFault(tooLarge(this.bounds.good)));
    } else if (this.size >= this.bounds.error) {
      this.finish(true);
      controller.abort(new CallFailure({ type: 'superseded' }));
    }
  }

  onResponseEnd(): void {
    if (!this.isOver) this.finish(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.reject(this.toReason(error));
  }

  private get isGood(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  private fail(error: Error): void {
    this.isOver = true;
    this.controller?.abort(error);
    this.reject(error);
  }

  private finish(isCut: boolean): void {
    this.isOver = true;
    const { status, headers, pieces } = this;
    const [only] = pieces;
    const whole = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, this.size);
    const body = isCut ? whole.subarray(0, this.bounds.error) : whole;
    this.resolve({ status, headers, body, isCut });
  }
}
