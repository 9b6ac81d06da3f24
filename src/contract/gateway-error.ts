import type { JsonObject } from './json.js';

/** One entry of the error catalogue. `status` is the usual one; a vendor's own status may stand in its place. */
export interface ErrorDefinition {
  readonly status: number;
  /** OpenAI's `error.type`. */
  readonly openaiType: string;
  /** Anthropic's `error.type`. */
  readonly anthropicType: string;
  /** For `docs/errors.md`: what happened and what the caller can do. */
  readonly meaning: string;
}

const define = (
  status: number,
  openaiType: string,
  anthropicType: string,
  meaning: string,
): ErrorDefinition => ({ status, openaiType, anthropicType, meaning });

/** Every error that Sluice can answer with. `docs/errors.md` lists the same, kept equal by a test. */
export const ERROR_CATALOGUE = {
  invalid_request: define(
    400,
    'invalid_request_error',
    'invalid_request_error',
    'The request is at fault: the message names the field, what was found and what was expected. Also what a vendor refuses as a bad request, with its own status.',
  ),
  invalid_json: define(400, 'invalid_request_error', 'invalid_request_error', 'The body is not JSON.'),
  unsupported_parameter: define(
    400,
    'invalid_request_error',
    'invalid_request_error',
    'The named field asks for something that the chosen target cannot do. Leave it out or choose another model.',
  ),
  no_matching_provider: define(
    400,
    'invalid_request_error',
    'invalid_request_error',
    'The filters in the `provider` object of the request leave nobody; the message says why for each provider.',
  ),
  context_length_exceeded: define(
    400,
    'invalid_request_error',
    'invalid_request_error',
    'The conversation is too long for every target of the route.',
  ),
  content_policy_violation: define(
    400,
    'invalid_request_error',
    'invalid_request_error',
    "The vendor's content filter refused the request.",
  ),
  invalid_api_key: define(
    401,
    'authentication_error',
    'authentication_error',
    'No gateway key was sent, or it is unknown, expired or revoked.',
  ),
  budget_exceeded: define(
    402,
    'insufficient_quota',
    'billing_error',
    "The gateway key's budget is spent for this period.",
  ),
  loopback_only: define(
    403,
    'permission_error',
    'permission_error',
    'No gateway key is configured, so only callers on the same machine are served. Set GATEWAY_API_KEYS, auth.keys or auth.mode: open.',
  ),
  model_not_allowed: define(
    403,
    'permission_error',
    'permission_error',
    "The gateway key's model patterns do not cover the requested model.",
  ),
  upstream_forbidden: define(
    403,
    'permission_error',
    'permission_error',
    'Every target refused this request, or this model, with a 403 that concerns no key; the message has the words of the last vendor.',
  ),
  admin_disabled: define(
    403,
    'permission_error',
    'permission_error',
    'GATEWAY_ADMIN_KEY is not set, so the admin API is closed.',
  ),
  not_found: define(404, 'invalid_request_error', 'not_found_error', 'There is no such path or object.'),
  model_not_found: define(
    404,
    'invalid_request_error',
    'not_found_error',
    'No route or provider serves the model; the message names the nearest ones. Also what every vendor of the route answered.',
  ),
  method_not_allowed: define(
    405,
    'invalid_request_error',
    'invalid_request_error',
    'The path exists, with another method.',
  ),
  request_timeout: define(
    408,
    'invalid_request_error',
    'invalid_request_error',
    "The caller's request did not arrive in time.",
  ),
  conflict: define(
    409,
    'invalid_request_error',
    'invalid_request_error',
    'The object cannot be changed like that: its name is taken, it was revoked, or it comes from the configuration.',
  ),
  request_too_large: define(
    413,
    'invalid_request_error',
    'request_too_large',
    'The body is larger than server.body_limit.',
  ),
  unsupported_media_type: define(
    415,
    'invalid_request_error',
    'invalid_request_error',
    'The body has a content encoding or charset that cannot be read.',
  ),
  rate_limit_exceeded: define(
    429,
    'rate_limit_error',
    'rate_limit_error',
    'A limit of the gateway key or of every vendor key is reached; retry-after says how long to wait.',
  ),
  caller_left: define(
    499,
    'invalid_request_error',
    'invalid_request_error',
    'The caller closed the connection; the vendor call was aborted. Only logs show it.',
  ),
  internal_error: define(
    500,
    'server_error',
    'api_error',
    'A fault of Sluice itself. The log has it under the same request id.',
  ),
  upstream_error: define(
    502,
    'server_error',
    'api_error',
    'The last vendor asked failed: an error status, a broken connection, an answer that cannot be read.',
  ),
  upstream_credentials_exhausted: define(
    502,
    'server_error',
    'api_error',
    'Every vendor key was refused or is out of credit. Only the operator of the gateway can mend it.',
  ),
  stream_interrupted: define(
    502,
    'server_error',
    'api_error',
    'The stream broke after content had gone out. What was received is not the whole answer.',
  ),
  upstream_unavailable: define(
    503,
    'server_error',
    'overloaded_error',
    'Every target failed or is cooling down; retry-after says when the first one returns.',
  ),
  key_store_unavailable: define(
    503,
    'server_error',
    'overloaded_error',
    'The database of the gateway keys cannot be reached. Keys that this process has read go on working; retry after the stated time.',
  ),
  overloaded: define(
    503,
    'server_error',
    'overloaded_error',
    'The gateway has as many requests in flight as it takes. Retry after the stated time.',
  ),
  shutting_down: define(
    503,
    'server_error',
    'overloaded_error',
    'This process is shutting down; another replica will answer.',
  ),
  database_unavailable: define(
    503,
    'server_error',
    'overloaded_error',
    'The database does not answer, and this part of the admin API needs it; chat goes on. Retry after the stated time.',
  ),
  upstream_timeout: define(504, 'server_error', 'timeout_error', 'No vendor answered in time.'),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export interface GatewayErrorOptions {
  /** Another status than the catalogue's: that of the vendor. */
  readonly status?: number | undefined;
  /** The request member at fault, as a path: `messages[2].content`. */
  readonly param?: string | undefined;
  /** One line per fault or per provider considered. */
  readonly details?: readonly string[] | undefined;
  /** What the SDK of the caller's own format acts on (Anthropic's `error.details`); other formats leave it out. */
  readonly nativeDetails?: JsonObject | undefined;
  readonly retryAfterMs?: number | undefined;
  /** `false` tells SDKs not to repeat by themselves what Sluice has already repeated. */
  readonly shouldRetry?: boolean | undefined;
  readonly cause?: unknown;
}

/** A failure on its way to the caller. The exception filter and the stream encoders write it in the caller's format. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly status: number;
  readonly param: string | undefined;
  readonly details: readonly string[] | undefined;
  readonly nativeDetails: JsonObject | undefined;
  readonly retryAfterMs: number | undefined;
  readonly shouldRetry: boolean | undefined;

  /** `message` must be free of secrets: it reaches the caller as it is. */
  constructor(
    readonly code: ErrorCode,
    message: string,
    options: GatewayErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status ?? ERROR_CATALOGUE[code].status;
    this.param = options.param;
    this.details = options.details;
    this.nativeDetails = options.nativeDetails;
    this.retryAfterMs = options.retryAfterMs;
    this.shouldRetry = options.shouldRetry;
  }
}
