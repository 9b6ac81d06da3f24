import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../common/clock.js';
import type { StreamTurns } from '../../common/stream-turns.js';
import { CallFailure } from '../call-failure.js';
import { AnswerReceiver } from './answer-receiver.js';
import { BodyReader, type BodySource } from './body-reader.js';
import type { Cancellation } from './cancellation.js';
import { createDecompressor, encodingOf } from './decompress.js';

/** An answer of which only the head has come. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of decompressed bytes. Must be read to the end, finished or destroyed, or the connection stays with it. */
  readonly body: BodyReader;
}

/**
 * Gives an answer as soon as its head is there, and hands its body to a reader as undici hands it out. undici's own
 * streams cost as much as the rest of a call, and what is read through them lives until the whole heap is collected. A
 * call that is ended closes the connection; whoever reads is told the reason.
 */
export class AnswerOpener extends AnswerReceiver implements Dispatcher.DispatchHandler, BodySource {
  private body: BodyReader | undefined;
  private decompressor: Transform | undefined;

  constructor(
    private readonly turns: StreamTurns,
    private readonly clock: Clock,
    cancellation: Cancellation,
    private readonly resolve: (answer: OpenAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    super();
    cancellation.onAbort((failure) => {
      this.abort(failure);
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.isOver) return;
    const body = new BodyReader(this, this.turns, this.clock);
    this.body = body;
    this.decompressor = createDecompressor(encodingOf(headers))
      ?.on('data', (piece: Buffer) => {
        body.add(piece);
      })
      .on('end', () => {
        this.end();
      })
      .on('error', (error) => {
        this.abort(error);
      })
      .on('drain', () => this.controller?.resume());
    this.turns.take(() => {
      this.resolve({ status, headers, body });
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.isOver) return;
    if (this.decompressor === undefined) this.body?.add(piece);
    else if (!this.decompressor.write(piece)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.decompressor === undefined) this.end();
    else this.decompressor.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.end(error);
  }

  pause(): void {
    (this.decompressor ?? this.controller)?.pause();
  }

  resume(): void {
    (this.decompressor ?? this.controller)?.resume();
  }

  destroy(): void {
    this.abort(new CallFailure({ type: 'superseded' }));
  }

  private abort(reason: Error): void {
    if (this.isOver) return;
    this.end(reason);
    this.controller?.abort(reason);
  }

  private end(failure?: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.decompressor?.destroy();
    if (this.body !== undefined) this.body.end(failure);
    else if (failure !== undefined) this.reject(this.toReason(failure));
  }
}
