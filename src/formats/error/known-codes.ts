import type { VendorErrorKind } from '../../contract/vendor-error.js';

/**
 * What vendors' own codes, types and reasons stand for, in lower case with `_` between words. Looked up as a whole: a
 * code that merely holds one of them proves nothing.
 */
export const CODES: Readonly<Partial<Record<VendorErrorKind, string>>> = {
  no_credit: `insufficient_quota insufficient_balance insufficient_credits insufficient_user_quota
    pre_consume_token_quota_failed exceeded_current_quota exceeded_current_quota_error billing_error
    billing_hard_limit_reached billing_not_active billing_disabled arrearage 1113`,
  credentials: `invalid_api_key invalid_x_api_key incorrect_api_key incorrect_api_key_error wrong_api_key invalidapikey
    api_key_invalid api_key_expired api_key_not_found api_key_service_blocked api_key_ip_address_blocked
    api_key_http_referrer_blocked authentication_error invalid_authentication invalid_authentication_error
    unauthenticated access_token_expired account_deactivated consumer_suspended consumer_invalid service_disabled`,
  rate_limit: `rate_limit rate_limited rate_limit_error rate_limit_exceeded rate_limit_reached rate_limit_reached_error
    ratelimitreached ratelimitexceeded too_many_requests toomanyrequests resource_exhausted throttling
    throttlingexception throttling_ratequota throttling_allocationquota throttling_user limit_requests
    limit_burst_rate 1302 1303`,
  overloaded: `overloaded overloaded_error engine_overloaded engine_overloaded_error server_overloaded
    server_is_busy model_overloaded service_unavailable service_unavailable_error unavailable 1305`,
  context_length: `context_length_exceeded context_window_exceeded model_context_window_exceeded
    contextwindowexceedederror string_above_max_length exceed_context_size exceed_context_size_error
    max_prompt_tokens max_prompt_tokens_exceeded request_too_large 1261`,
  content_policy: `content_filter content_filter_error content_policy_violation responsibleaipolicyviolation
    data_inspection_failed datainspectionfailed moderation_blocked prohibited_content image_safety 1301`,
  model_not_found: `model_not_found model_not_found_error model_not_exist invalid_model unknown_model
    deploymentnotfound modelnotfound 1211`,
};

const KIND_OF_CODE: ReadonlyMap<string, VendorErrorKind> = new Map(
  (Object.entries(CODES) as [VendorErrorKind, string][]).flatMap(([kind, codes]) =>
    codes.split(/\s+/).map((code) => [code, kind] as const),
  ),
);

/** The kind that the first known one of some codes stands for. */
export function kindOfCode(...codes: readonly (string | undefined)[]): VendorErrorKind | undefined {
  for (const code of codes) {
    if (code === undefined || code.length > 100) continue;
    const kind = KIND_OF_CODE.get(code.toLowerCase().replace(/[-.\s]+/g, '_'));
    if (kind !== undefined) return kind;
  }
  return undefined;
}
