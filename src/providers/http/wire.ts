import type { Duplex } from 'node:stream';

/** A longer interim head is left to the parser, which refuses it. */
const LONGEST_HEAD = 64 * 1024;
const VERSION = Buffer.from('HTTP/1.');
/** Up to and including the first digit of the status, by which an interim head is known: `HTTP/1.1 1`. */
const KNOWN_BY = 10;
const ONE = 0x31;
const HEAD_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/** The socket under a connection, one after the other: whether it has served before, and what it has brought. */
export class Wire {
  private requests = 0;
  private hasBrought = false;
  private isBeforeAnswer = false;
  /** The beginning of a head that is not whole yet. */
  private held: Buffer | undefined;

  /**
   * Interim heads (100, 102, 103) are taken out of what the socket brings: nobody needs them, and undici closes a
   * connection that brings a `100 Continue` unasked.
   */
  attach(socket: Duplex): void {
    this.requests = 0;
    this.held = undefined;
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = (size?: number): Buffer | null => {
      const piece = read(size);
      return this.isBeforeAnswer && piece !== null ? this.pass(piece) : piece;
    };
  }

  /** A request goes out. True: not the first one of this socket. */
  begin(): boolean {
    this.hasBrought = false;
    this.isBeforeAnswer = true;
    return this.requests++ > 0;
  }

  /** Whether any byte has come since the request went out. */
  get isSilent(): boolean {
    return !this.hasBrought;
  }

  private pass(piece: Buffer): Buffer {
    this.hasBrought = true;
    let bytes = this.held === undefined ? piece : Buffer.concat([this.held, piece]);
    this.held = undefined;
    while (mayBeInterim(bytes)) {
      const end = bytes.length < KNOWN_BY ? -1 : bytes.indexOf(HEAD_END);
      if (end < 0 && bytes.length < LONGEST_HEAD) {
        if (bytes.length > 0) this.held = bytes;
        return NOTHING;
      }
      if (end < 0) break;
      bytes = bytes.subarray(end + HEAD_END.length);
    }
    this.isBeforeAnswer = false;
    return bytes;
  }
}

/** Whether these are the first bytes of an interim head, or may become them. */
function mayBeInterim(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, VERSION.length);
  if (bytes.compare(VERSION, 0, length, 0, length) !== 0) return false;
  return bytes.length < KNOWN_BY || bytes[KNOWN_BY - 1] === ONE;
}
