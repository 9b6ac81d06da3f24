import type { VendorErrorKind } from '../../contract/vendor-error.js';

/** What an error says of itself; strings are empty where it says nothing. `status` is 200 inside a stream. */
export interface ErrorSigns {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly param?: string;
}

const NO_CREDIT =
  /insufficient[_ ]quota|insufficient[_ ](?:account[_ ])?balance|credit balance is too low|exceeded_current_quota|exceeded (?:your )?current quota|billing_error|billing_hard_limit|billing_not_active|arrearage|\b1113\b|(?:out of|no|any|insufficient|more|all available) credits|not enough credits|余额不足|欠费|account is in arrears|(?:overdue|delinquent) payment/;
const BAD_KEY =
  /invalid[_ ](?:x-)?api[_ -]?key|incorrect api key|wrong[_ ]api[_ ]key|api[_ ]key[_ ](?:not valid|invalid|expired|not found)|api key (?:is|has) (?:invalid|expired|been)|authentication_error|authentication fails|unregistered callers|unauthenticated|invalid_authentication|access denied due to invalid subscription key|missing authentication|令牌|身份验证/;
const CONTEXT =
  /context_length|context[_ ]window|context length|maximum context|prompt is too long|input is too long|prompt too long|too many (?:input )?tokens|maximum number of (?:input )?tokens|input token count|reduce the length|string_above_max_length|range of input length|exceeds? (?:the )?(?:max(?:imum)? )?(?:model )?(?:input|token) (?:limit|length)|max_prompt_tokens|\b1261\b|exceed_context_size|request_too_large/;
/** A refused prefill: the model cannot go on from an assistant message that stands last. */
const PREFILL =
  /assistant (?:message )?prefill|(?:conversation|messages?) must end with a user message|expected last role user/;
const CONTENT =
  /content[_ ]filter|content_policy|content management policy|content policy|responsibleai|data_inspection|datainspection|inappropriate content|content exists risk|safety system|moderation|flagged|usage polic|prohibited_content|image_safety|sensitive content|\b1301\b|敏感/;
const MODEL =
  /model_not_found|model_not_exist|invalid_model|unknown_model|deploymentnotfound|modelnotfound|not a valid model|invalid model|unknown model|model not exist|no endpoints found|no such model|supported api model names|model\b.{0,120}\b(?:does not exist|not found|is not found|not exist|doesn't exist|no longer available|has been (?:deprecated|decommissioned|retired)|do(?:es)? not have access)|model [`'\"]?\S{1,80} is not (?:supported|available)|does not have access to model|do not have access to (?:the )?model|模型不存在|无可用渠道|no available channel/;
const RATE =
  /rate[_ -]?limit|ratelimit|too[_ ]many[_ ]requests|resource_exhausted|throttl|tokens per min|requests per min|quota exceeded|exceeded (?:your )?current quota|\b130[23]\b/;
const BUSY =
  /overloaded|server_is_busy|server is busy|service[_ ]unavailable|unavailable|engine_overloaded|at capacity|\b1305\b|try again later/;

/**
 * What kind of refusal an error is. The body speaks before the status: vendors send a bad key as 400 (Gemini, xAI), a
 * missing model as 400 (DeepSeek, Mistral, OpenRouter) and an empty account as 400, 402, 403 or 429.
 */
export function classifyVendorError(input: ErrorSigns): VendorErrorKind {
  const { status } = input;
  const word = `${input.code} ${input.type}`.toLowerCase();
  const text = `${word} ${input.message.slice(0, 2000)}`.toLowerCase();
  const quotaOfRate = word.includes('resource_exhausted');
  if (status === 402 || (!quotaOfRate && status < 500 && NO_CREDIT.test(text))) return 'no_credit';
  if (status === 401) return 'credentials';
  // Words of a rate limit count in any status below 500: Groq sends 413 for too many tokens a minute.
  if (status === 429 || (status < 500 && RATE.test(word))) return 'rate_limit';
  if (status >= 500)
    return status === 503 || status === 529 || word.includes('overloaded') ? 'overloaded' : 'server';
  if (status === 408 || status === 409 || status === 425) return 'server';
  if (/overloaded_error|engine_overloaded|server_is_busy|unavailable/.test(word)) return 'overloaded';
  if (BAD_KEY.test(text)) return 'credentials';
  if (PREFILL.test(text)) return 'unsupported_request';
  if (CONTEXT.test(text) || status === 413) return 'context_length';
  if (CONTENT.test(text)) return 'content_policy';
  if (isModelFault(input, text)) return 'model_not_found';
  if (status === 403) return 'credentials';
  if (status >= 400) return 'invalid_request';
  return classifyInStream(word, text);
}

function isModelFault(input: ErrorSigns, text: string): boolean {
  if (input.status === 404) return true;
  if (input.status !== 400 && input.status !== 403 && input.status !== 422 && input.status >= 300)
    return false;
  // "tools are not supported by this model" is a fault of the request, not of the model's name.
  if (/unsupported[_ ](?:parameter|value)|invalid_parameter/.test(text)) return false;
  return MODEL.test(text);
}

/** An error in a 200 stream has no status to lean on; what nobody can tell is the vendor's fault. */
function classifyInStream(word: string, text: string): VendorErrorKind {
  if (RATE.test(text)) return 'rate_limit';
  if (/invalid[_-]?(?:request|parameter|argument)|bad_request|tool_use_failed|unsupported/.test(word))
    return 'invalid_request';
  if (/permission|forbidden/.test(word)) return 'credentials';
  if (word.includes('not_found')) return 'model_not_found';
  return BUSY.test(text) ? 'overloaded' : 'server';
}

const STATUS_OF_KIND: Readonly<Record<VendorErrorKind, number>> = {
  invalid_request: 400,
  unsupported_request: 400,
  context_length: 400,
  content_policy: 400,
  credentials: 401,
  no_credit: 402,
  model_not_found: 404,
  rate_limit: 429,
  overloaded: 503,
  server: 500,
};

/** The HTTP status that a kind stands for, for errors that came inside a 200. */
export function toErrorStatus(kind: VendorErrorKind): number {
  return STATUS_OF_KIND[kind];
}
