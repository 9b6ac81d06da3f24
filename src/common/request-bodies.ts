import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { callerLeft } from './caller-left.js';
import { readBody } from './read-body.js';
import { WaitingLine } from './waiting-line.js';

/** What is made of a longer one takes half a millisecond and more, many times of what it takes to start a request. */
const LONG_TEXT = 65_536;

/** Reads what callers send, and shares the event loop out among those who send much. */
@Injectable()
export class RequestBodies {
  constructor(private readonly line: WaitingLine) {}

  /**
   * The body of a request as text, in UTF-8. A long one is given when its turn comes.
   * @throws what `readBody` throws; GatewayError `caller_left` also when that was while it waited
   */
  async read(request: IncomingMessage, limitBytes: number): Promise<string> {
    const text = await readBody(request, limitBytes);
    if (text.length <= LONG_TEXT) return text;
    await this.line.goOn();
    // Whoever begins an exchange now would not hear of it any more.
    if (request.socket.destroyed) throw callerLeft();
    return text;
  }
}
