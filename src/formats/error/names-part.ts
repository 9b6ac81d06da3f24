import type { ErrorSigns } from './classify-vendor-error.js';

const PART_CODES =
  /unsupported|unknown_|unrecognized|invalid_(?:type|value|enum|parameter|argument|tool|schema|image|function)|extra_forbidden|missing_required|message_order|string_too_long|array_above|integer_/;
const PART_WORDS =
  /\b(?:param(?:eter)?s?|arguments?|fields?|propert(?:y|ies)|members?|keys?|roles?|content[ _]types?|tools?|tool_\w+|functions?|schema|image_url|images?|input_\w+|file_\w+|audio|documents?|response_format|json_schema|temperature|top_p|top_k|max_\w*tokens|reasoning\w*|thinking|effort|stop|logprobs|stream_options|system (?:message|prompt)|unexpected|extra inputs|unknown name|alternat\w+)\b|\b(?:messages|input|contents|tools|system)[.[]\w/;

/**
 * Whether a refusal of a request (400, 422) names a part of its body: a parameter, a role, a type of content, a tool.
 * Where the gateway wrote the body, such a refusal may be the gateway's own fault, and another vendor may take the
 * request.
 */
export function namesPart({ status, code, type, message, param }: ErrorSigns): boolean {
  if (status !== 400 && status !== 422) return false;
  if (param !== undefined) return true;
  return (
    PART_CODES.test(`${code} ${type}`.toLowerCase()) || PART_WORDS.test(message.slice(0, 2000).toLowerCase())
  );
}
