import type { Split } from './split.ts';

/** What goes over the wire for one request, decided before the first byte is written. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly Frame[];
  /** False: not even the status line is sent. */
  readonly sendHeaders: boolean;
  /** Before the headers. */
  readonly headersDelayMs: number;
  /** Between headers and first frame. */
  readonly firstDelayMs: number;
  /** Between two frames; 0: each frame is still a write of its own, a turn of the event loop apart. */
  readonly delayMs: number;
  /** All frames in one write. */
  readonly burst: boolean;
  readonly split: Split | undefined;
  readonly gzip: boolean;
  readonly ending: 'end' | 'reset' | 'close' | 'hang';
}

export interface Frame {
  readonly data: Uint8Array;
  /** Whether it counts as a chunk in the log. */
  readonly isContent: boolean;
}

const PLAIN_REPLY: Reply = {
  status: 200,
  headers: {},
  frames: [],
  sendHeaders: true,
  headersDelayMs: 0,
  firstDelayMs: 0,
  delayMs: 0,
  burst: false,
  split: undefined,
  gzip: false,
  ending: 'end',
};

export function toReply(members: Partial<Reply>): Reply {
  return { ...PLAIN_REPLY, ...members };
}

export function toFrame(data: string | Uint8Array, isContent = false): Frame {
  return { data: typeof data === 'string' ? Buffer.from(data) : data, isContent };
}

/** A body in one piece, with its length. */
export function toBodyReply(
  status: number,
  body: string | Uint8Array,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const frame = toFrame(body, true);
  return toReply({
    status,
    headers: { 'content-type': contentType, 'content-length': String(frame.data.length), ...headers },
    frames: [frame],
  });
}

export function toJsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return toBodyReply(status, JSON.stringify(body), 'application/json', headers);
}
