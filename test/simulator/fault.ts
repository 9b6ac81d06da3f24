import type { Split } from './split.ts';

/** A tool call that an answer makes. `arguments` is JSON text, sent as it is, valid or not. */
export interface ToolCallSettings {
  readonly name: string;
  readonly arguments?: string;
  readonly id?: string;
}

/** Token counts of an answer. `input` holds the cached ones, `output` the reasoning ones. */
export interface UsageSettings {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** What an answer says and how it is paced. Set for a whole simulator, and again on any fault. */
export interface AnswerSettings {
  /** Default: `Hello from <name>: <last user text>`. */
  readonly answer?: string;
  readonly reasoning?: string;
  readonly tools?: readonly ToolCallSettings[];
  /** Cut the text into this many deltas instead of one a word; a default answer is lengthened to have that many. */
  readonly chunks?: number;
  /** Pause before each event of a stream but the first. Default: none, but each is a write of its own. */
  readonly chunkDelayMs?: number;
  /** Write all events of a stream in one go. */
  readonly burst?: boolean;
  /** The vendor's own word for the end: `length`, `max_tokens`, `MAX_TOKENS`... */
  readonly finish?: string;
  /** Single counts replace the computed ones; `null`: the vendor sends no usage at all. */
  readonly usage?: UsageSettings | null;
  /** What the vendor says it served. Default: the model asked for. */
  readonly servedModel?: string;
  /** The body goes out in separate writes at these offsets, whatever the events are. */
  readonly split?: Split;
  /** Extra headers of the response. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** N of "after N chunks" counts deltas with content: role chunks, `message_start` and pings do not count. */
export type FaultKind =
  /** No fault. */
  | { readonly kind: 'ok' }
  /** An error status, by default with the vendor's own body for it. */
  | {
      readonly kind: 'status';
      readonly status: number;
      /** A string is sent as it is, anything else as JSON. */
      readonly body?: unknown;
      readonly message?: string;
      readonly contentType?: string;
      /** Sent as it is: seconds or an HTTP date. */
      readonly retryAfter?: string | number;
      readonly retryAfterMs?: number;
      /** `retry-after` as an HTTP date this many seconds ahead. */
      readonly retryAfterDate?: number;
    }
  | { readonly kind: 'context-length' }
  | { readonly kind: 'content-policy' }
  | { readonly kind: 'insufficient-quota' }
  /** With the vendor's own status, which is 400 at DeepSeek. */
  | { readonly kind: 'model-not-found' }
  /** The listening socket closes and open connections are destroyed, for `ms` or until restored. */
  | { readonly kind: 'refuse'; readonly ms?: number }
  /** TCP reset: before the headers, or after so many chunks; a body that is not a stream is reset in its middle. */
  | { readonly kind: 'reset'; readonly after?: number }
  /** Never answers; with `headers` the status line and headers come, then nothing. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'silent-headers' }
  /** The headers of a stream come at once, its first event after `ms`; other answers come whole after `ms`. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Nothing at all, headers included, before `ms`. */
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'stall'; readonly after: number }
  /** A clean end of the response after so many chunks, never with an end marker. */
  | { readonly kind: 'cut'; readonly after: number; readonly withFinish?: boolean }
  /** Everything but the end marker (`[DONE]`, `message_stop`). */
  | { readonly kind: 'no-end' }
  /** `count` broken events in a row before content delta `at`. No delta is lost. */
  | { readonly kind: 'malformed'; readonly at: number; readonly count?: number }
  /** The vendor's error event after so many chunks; `bare`: with nothing at all before it. */
  | { readonly kind: 'error'; readonly after: number; readonly bare?: boolean; readonly type?: string }
  | { readonly kind: 'empty-stream' }
  | { readonly kind: 'role-only' }
  | { readonly kind: 'drip'; readonly ms: number }
  /** 200 with an HTML page. */
  | { readonly kind: 'html' }
  /** 200 whose JSON breaks off. */
  | { readonly kind: 'bad-json' }
  /** 200 without a choice, content block or candidate. */
  | { readonly kind: 'empty-choices' }
  | { readonly kind: 'huge-line'; readonly bytes: number }
  | { readonly kind: 'gzip' }
  | { readonly kind: 'redirect'; readonly location?: string; readonly status?: number }
  /** Bytes as they are. */
  | {
      readonly kind: 'replay';
      readonly body: Uint8Array | string;
      readonly contentType?: string;
      readonly status?: number;
    };

export type Fault = FaultKind & AnswerSettings;

/** Members that a bare number after the kind sets (`cut-2`), with their defaults; null: no default. */
const NUMBER_MEMBERS: Readonly<Record<string, readonly [member: string, fallback: number | null]>> = {
  status: ['status', 500],
  refuse: ['ms', null],
  reset: ['after', null],
  slow: ['ms', 1000],
  late: ['ms', 1000],
  stall: ['after', 1],
  cut: ['after', 1],
  malformed: ['at', 1],
  error: ['after', 0],
  drip: ['ms', 50],
  'huge-line': ['bytes', 1_048_576],
};

const PLAIN_KINDS = new Set([
  'ok',
  'context-length',
  'content-policy',
  'insufficient-quota',
  'model-not-found',
  'silent',
  'silent-headers',
  'no-end',
  'empty-stream',
  'role-only',
  'html',
  'bad-json',
  'empty-choices',
  'gzip',
  'redirect',
  'replay',
]);

/**
 * Reads the compact form `kind[-number][;name[=value]]...`, for example `status-429;retry-after=2` or `cut-3;finish`.
 * Names are kebab-case members of the fault; `tool=NAME` and `split=every-byte` are understood too.
 * @throws Error that names the unknown kind.
 */
export function parseFault(text: string): Fault {
  const [head = '', ...options] = text.split(';');
  const found: Record<string, unknown> = {};
  const numbered = /^(.+)-(\d+)$/.exec(head);
  const kind = numbered?.[1] !== undefined && numbered[1] in NUMBER_MEMBERS ? numbered[1] : head;
  for (const option of options) {
    const [name, ...rest] = option.split('=');
    const value = readValue(rest.length > 0 ? rest.join('=') : 'true');
    if (name === 'tool') found['tools'] = [{ name: String(value) }];
    else if (name === 'finish' && kind === 'cut' && value === true) found['withFinish'] = true;
    else if (name) found[toCamelCase(name)] = value;
  }
  const number = kind !== head && numbered ? Number(numbered[2]) : undefined;
  return toFault({ ...found, kind, ...(number === undefined ? {} : { number }) });
}

/** Accepts a fault as an object or in its compact form and fills in what was left out. */
export function toFault(input: unknown): Fault {
  if (typeof input === 'string') return parseFault(input);
  const given: Record<string, unknown> = { ...(input as Record<string, unknown>) };
  const kind = String(given['kind']);
  const member = NUMBER_MEMBERS[kind];
  if (!member && !PLAIN_KINDS.has(kind)) {
    throw new Error(
      `Unknown fault "${kind}". Known: ${[...PLAIN_KINDS, ...Object.keys(NUMBER_MEMBERS)].join(', ')}`,
    );
  }
  if (member) given[member[0]] ??= given['number'] ?? member[1] ?? undefined;
  delete given['number'];
  // The shape was checked as far as the kind goes; the rest is test code's own affair.
  return given as unknown as Fault;
}

/** `gpt-4o#cut-2` and `fault:cut-2` carry a fault. The model served is what stands before the `#`. */
export function readModelFault(model: string): { model: string; fault: string | null } {
  if (model.startsWith('fault:')) return { model: 'simulated', fault: model.slice('fault:'.length) };
  const hash = model.indexOf('#');
  return hash < 0 ? { model, fault: null } : { model: model.slice(0, hash), fault: model.slice(hash + 1) };
}

function readValue(text: string): unknown {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (text === 'null') return null;
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function toCamelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
