import type { RequestTrace } from './request-trace.js';
import type { Usage } from './usage.js';

/**
 * How a request ended.
 *
 * - `done`: the whole answer was handed to the caller
 * - `vendor_error`: no vendor served it, or one refused it
 * - `cut`: the vendor's stream broke after content had gone out
 * - `stalled`: the vendor's stream fell silent after content had gone out
 * - `caller_left`: the caller closed the connection before the answer was whole
 * - `refused`: the gateway itself refused it (key, limit, budget, model, a fault of the request)
 * - `shed`: the gateway was too busy
 * - `shutdown`: the process was on its way out
 */
export type EndReason = (typeof END_REASONS)[number];

export const END_REASONS = [
  'done',
  'vendor_error',
  'cut',
  'stalled',
  'caller_left',
  'refused',
  'shed',
  'shutdown',
] as const;

/** Where token counts come from. */
export type UsageSource = 'vendor' | 'estimated' | 'none';

export type CacheOutcome = 'hit' | 'miss' | 'bypass';

/** One call to a vendor. */
export interface RecordedAttempt {
  readonly provider: string;
  readonly model: string;
  readonly keyHint: string;
  /** The vendor's HTTP status; `null` where none came. */
  readonly status: number | null;
  /** In our words; `null` when the call succeeded. */
  readonly error: string | null;
  /** The vendor's own words for a failure, redacted, at most 500 characters. */
  readonly vendorMessage?: string | undefined;
  /** The vendor's name of a call that failed. */
  readonly vendorRequestId?: string | undefined;
  /** Milliseconds after the request came in. */
  readonly startedMs: number;
  /** Milliseconds until the answer was whole, its stream was committed, or it failed. */
  readonly ms: number | null;
  /** What a call that did not serve the answer used all the same. */
  readonly usage?: Usage | undefined;
  /** What that cost, in nano-dollars. */
  readonly costNano?: number | null | undefined;
  /** The call's span, with tracing on. */
  readonly spanId?: string | undefined;
}

/** A target that was passed over. */
export interface ConsideredTarget {
  readonly provider: string;
  readonly model: string;
  readonly reason: string;
  /** Unix milliseconds; `null` where nobody knows when it comes back. */
  readonly until: number | null;
}

/** What is kept of one request: exactly one record for each request to a metered path, whatever its end. */
export interface RequestRecord {
  /** Unique; the request id may be the caller's own, and come twice. */
  readonly id: string;
  readonly requestId: string;
  /** Unix milliseconds at which it came in. */
  readonly at: number;
  /** Identity of the gateway key, which outlives its name; `null` without one. */
  readonly keyId: string | null;
  readonly keyName: string | null;
  readonly format: string;
  readonly stream: boolean;
  readonly requestedModel: string | null;
  /** Who served, or was asked last; `null` when nobody was asked. */
  readonly provider: string | null;
  readonly model: string | null;
  /** What the caller got; 499 when it left before. A stream that broke after its head was sent has 200. */
  readonly status: number;
  readonly endReason: EndReason;
  /** Code of the error catalogue. */
  readonly error: string | null;
  readonly attempts: readonly RecordedAttempt[];
  /** Who was not asked, and why; absent where nobody was passed over. */
  readonly considered?: readonly ConsideredTarget[] | undefined;
  readonly usage: Usage | undefined;
  readonly usageSource: UsageSource;
  /** Nano-dollars; `null` when the tokens or the price are not known. */
  readonly costNano: number | null;
  readonly priceVersion: string | null;
  readonly cache: CacheOutcome;
  /** What a hit of the cache would have cost, in nano-dollars. */
  readonly savedNano: number | null;
  /** `stop`, `length`, `tool_calls`, `content_filter`; `null` without one. */
  readonly finish: string | null;
  /** Milliseconds in which nobody could be asked yet (`routing.max_wait`). */
  readonly queueMs: number;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  /** Milliseconds of the gateway's own work: from the request to the first call, and from the answer to the caller. */
  readonly overheadMs: number | null;
  /** One of so many refusals that logs have only their number; it counts like any other. */
  readonly isSummarized?: boolean | undefined;
  /** With `request_log: full` only. */
  readonly bodies?: { readonly request: string | null; readonly response: string | null } | undefined;
  /** With tracing on only. */
  readonly trace?: RequestTrace | undefined;
}

/** Takes the record of each request at its end. Must not wait, and must not throw. */
export interface RecordSink {
  record(record: RequestRecord): void;
}
