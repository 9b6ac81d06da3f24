/** What a `MessageReader` finds, in order: one head, any number of body pieces, one end; then the next message. */
export interface MessageSink {
  /** The start line and the headers, without the empty line. */
  head(head: string): void;
  /** Body bytes without chunk framing. The buffer is the socket's own: copy what is kept for long. */
  body(bytes: Buffer): void;
  end(): void;
}

const EMPTY = Buffer.alloc(0);
const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

/**
 * Reads HTTP/1.1 messages from a socket, by content length or chunked. The benchmark has its own reader because the
 * load generator and the upstream share a core: with Node's client and server they would be slower than the gateway.
 */
export class MessageReader {
  private readonly sink: MessageSink;
  private state: State = 'head';
  private held: Buffer = EMPTY;
  private remaining = 0;

  constructor(sink: MessageSink) {
    this.sink = sink;
  }

  /** @throws Error when the bytes are not a message with a known end */
  push(data: Buffer): void {
    const bytes = this.held.length === 0 ? data : Buffer.concat([this.held, data]);
    this.held = EMPTY;
    let at = 0;
    while (at < bytes.length) {
      if (this.remaining > 0) {
        const end = Math.min(bytes.length, at + this.remaining);
        this.remaining -= end - at;
        if (this.state !== 'chunk-end') this.sink.body(bytes.subarray(at, end));
        at = end;
        if (this.remaining === 0) this.afterCounted();
        continue;
      }
      const mark = this.state === 'head' ? HEAD_END : LINE_END;
      const end = bytes.indexOf(mark, at);
      if (end < 0) {
        this.held = bytes.subarray(at);
        return;
      }
      this.line(bytes.toString('latin1', at, end));
      at = end + mark.length;
    }
  }

  private afterCounted(): void {
    if (this.state === 'length') this.finish();
    else if (this.state === 'chunk') {
      this.state = 'chunk-end';
      this.remaining = LINE_END.length;
    } else this.state = 'chunk-size';
  }

  private line(text: string): void {
    if (this.state === 'head') {
      this.begin(text);
    } else if (this.state === 'chunk-size') {
      this.remaining = Number.parseInt(text, 16);
      if (Number.isNaN(this.remaining)) throw new Error(`not a chunk size: ${text.slice(0, 40)}`);
      this.state = this.remaining === 0 ? 'trailer' : 'chunk';
    } else if (text === '') {
      this.finish();
    }
  }

  private begin(head: string): void {
    this.sink.head(head);
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      this.state = 'chunk-size';
      return;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) throw new Error(`a message without a length: ${head.slice(0, 80)}`);
    this.state = 'length';
    this.remaining = Number(length);
    if (this.remaining === 0) this.finish();
  }

  private finish(): void {
    this.state = 'head';
    this.sink.end();
  }
}
