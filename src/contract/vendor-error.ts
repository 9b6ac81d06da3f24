import type { JsonObject } from './json.js';

/**
 * What kind of refusal a vendor's error is, whatever status and shape it came in.
 *
 * - `invalid_request`: the request itself is at fault; no other vendor would take it either
 * - `unsupported_request`: this model cannot do what the request asks for; another may
 * - `context_length`: the conversation is too long for this model
 * - `content_policy`: the vendor's filter refused the content
 * - `credentials`: the key is wrong, disabled or not allowed
 * - `forbidden`: a 403 that says nothing of the key: this request, or this model, is not served
 * - `no_credit`: the account behind the key has no money or quota left
 * - `model_not_found`: the vendor does not serve this model (to this key)
 * - `rate_limit`: too many requests or tokens for now
 * - `overloaded`: the vendor says that it is too busy (503, 529)
 * - `server`: any other fault of the vendor's
 */
export type VendorErrorKind =
  | 'invalid_request'
  | 'unsupported_request'
  | 'context_length'
  | 'content_policy'
  | 'credentials'
  | 'forbidden'
  | 'no_credit'
  | 'model_not_found'
  | 'rate_limit'
  | 'overloaded'
  | 'server';

/** A vendor's refusal, read from an error response or from an error inside a stream. */
export interface VendorError {
  readonly kind: VendorErrorKind;
  /** HTTP status of the response; for an error inside a 200 stream the status that its type stands for. */
  readonly status: number;
  /** The vendor's words for the caller. May hold secrets until redacted at the edge. */
  readonly message: string;
  /** The vendor's own code or type; empty where it sent none. */
  readonly code: string;
  /** The body was no JSON: a page of a proxy, a line of text. */
  readonly isPage?: boolean | undefined;
  /** The request member that the vendor complains about. */
  readonly param?: string | undefined;
  /** Of a refusal that names a part of the request's body: a parameter, a role, a type of content, a tool. */
  readonly namesPart?: boolean | undefined;
  /** `false`: the vendor says that the same request will fail again (`x-should-retry: false`). */
  readonly retryable?: boolean | undefined;
  /** The vendor's own name of the call, which its support asks for. Visible ASCII, at most 128 characters. */
  readonly requestId?: string | undefined;
  /** What the vendor adds for its own SDK (Anthropic's `error.details`). May hold secrets until redacted at the edge. */
  readonly nativeDetails?: JsonObject | undefined;
  /** How long the vendor asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** The parts of a vendor's HTTP answer that an error is read from. Header names are in lower case. */
export interface VendorErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Body text, cut to 64 KiB. */
  readonly body: string;
  /** Now, in Unix milliseconds: dates in retry hints are measured from it. */
  readonly now: number;
}
