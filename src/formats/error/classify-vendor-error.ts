import type { VendorErrorKind } from '../../contract/vendor-error.js';
import { VendorWords } from './vendor-words.js';

/** What an error says of itself; strings are empty where it says nothing. `status` is 200 inside a stream. */
export interface ErrorSigns {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly param?: string | undefined;
  /** What the vendor could repeat of the request; absent where it is not at hand. */
  readonly sent?: string | undefined;
}

const NO_CREDIT =
  /insufficient[_ ]quota|insufficient[_ ](?:account[_ ])?balance|credit balance is too low|exceeded_current_quota|exceeded (?:your )?current quota|billing_error|billing_hard_limit|billing_not_active|arrearage|\b1113\b|(?:out of|no|any|insufficient|more|all available) credits|not enough credits|余额不足|欠费|account is in arrears|(?:overdue|delinquent) payment/g;
const BAD_KEY =
  /invalid[_ ](?:x-)?api[_ -]?key|incorrect api key|wrong[_ ]api[_ ]key|api[_ ]key[_ ](?:not valid|invalid|expired|not found)|api key (?:is|has) (?:invalid|expired|been)|authentication_error|authentication fails|unregistered callers|unauthenticated|invalid_authentication|access denied due to invalid subscription key|missing authentication|令牌|身份验证/g;
const CONTEXT =
  /context_length|context[_ ]window|context length|maximum context|prompt is too long|input is too long|prompt too long|too many (?:input )?tokens|maximum number of (?:input )?tokens|input token count|reduce the length|string_above_max_length|range of input length|exceeds? (?:the )?(?:max(?:imum)? )?(?:model )?(?:input|token) (?:limit|length)|max_prompt_tokens|\b1261\b|exceed_context_size|request_too_large/g;
/** A refused prefill: the model cannot go on from an assistant message that stands last. */
const PREFILL =
  /assistant (?:message )?prefill|(?:conversation|messages?) must end with a user message|expected last role user/g;
const CONTENT =
  /content[_ ]filter|content_policy|content management policy|content policy|responsibleai|data_inspection|datainspection|inappropriate content|content exists risk|safety system|moderation|flagged|usage polic|prohibited_content|image_safety|sensitive content|\b1301\b|敏感/g;
const MODEL =
  /model_not_found|model_not_exist|invalid_model|unknown_model|deploymentnotfound|modelnotfound|not a valid model|invalid model|unknown model|model not exist|no endpoints found|no such model|supported api model names|model\b.{0,120}\b(?:does not exist|not found|is not found|not exist|doesn't exist|no longer available|has been (?:deprecated|decommissioned|retired)|do(?:es)? not have access)|model [`'\"]?\S{1,80} is not (?:supported|available)|does not have access to model|do not have access to (?:the )?model|模型不存在|无可用渠道|no available channel/g;
const UNSUPPORTED = /unsupported[_ ](?:parameter|value)|invalid_parameter/g;
const RATE =
  /rate[_ -]?limit|ratelimit|too[_ ]many[_ ]requests|resource_exhausted|throttl|tokens per min|requests per min|quota exceeded|exceeded (?:your )?current quota|\b130[23]\b/g;
const BUSY =
  /overloaded|server_is_busy|server is busy|service[_ ]unavailable|unavailable|engine_overloaded|at capacity|\b1305\b|try again later/g;

/**
 * What kind of refusal an error is. `code` and `type`, which are the vendor's own vocabulary, speak first, then the
 * status; the words of a message count only where the status could mean the same, and only those that are the vendor's
 * own. The body speaks at all because vendors send a bad key as 400 (Gemini, xAI), a missing model as 400 (DeepSeek,
 * Mistral, OpenRouter) and an empty account as 400, 402, 403 or 429.
 */
export function classifyVendorError(input: ErrorSigns): VendorErrorKind {
  const { status } = input;
  const word = `${input.code} ${input.type}`.toLowerCase();
  const words = new VendorWords(input.message, input.sent);
  if (status >= 400) return classifyStatus(status, word, words);
  return classifyInStream(status, word, words);
}

function classifyStatus(status: number, word: string, words: VendorWords): VendorErrorKind {
  switch (status) {
    case 401:
      return has(word, NO_CREDIT) ? 'no_credit' : 'credentials';
    case 402:
      return 'no_credit';
    case 404:
      return 'model_not_found';
    case 408:
    case 409:
    case 425:
      return has(word, RATE) ? 'rate_limit' : 'server';
    case 429:
      // Google calls a rate limit a quota.
      if (word.includes('resource_exhausted')) return 'rate_limit';
      return has(word, NO_CREDIT) || words.state(NO_CREDIT) ? 'no_credit' : 'rate_limit';
    case 503:
    case 529:
      return 'overloaded';
    default:
      if (status >= 500) return word.includes('overloaded') ? 'overloaded' : 'server';
      return classifyRefusal(status, word, words);
  }
}

/** 400, 403, 413, 422 and the like: statuses that say no more than that the vendor does not want this request. */
function classifyRefusal(status: number, word: string, words: VendorWords): VendorErrorKind {
  if (!word.includes('resource_exhausted') && has(word, NO_CREDIT)) return 'no_credit';
  // Groq sends 413 for too many tokens a minute.
  if (has(word, RATE)) return 'rate_limit';
  if (/overloaded_error|engine_overloaded|server_is_busy|unavailable/.test(word)) return 'overloaded';
  if (has(word, BAD_KEY)) return 'credentials';
  if (status === 400 || status === 403) {
    if (words.state(NO_CREDIT)) return 'no_credit';
    if (words.state(BAD_KEY)) return 'credentials';
  }
  if (words.say(PREFILL)) return 'unsupported_request';
  if (has(word, CONTEXT) || words.say(CONTEXT) || status === 413) return 'context_length';
  if (has(word, CONTENT) || words.say(CONTENT)) return 'content_policy';
  if (isModelFault(status, word, words)) return 'model_not_found';
  return status === 403 ? 'forbidden' : 'invalid_request';
}

function has(word: string, pattern: RegExp): boolean {
  return word.search(pattern) !== -1;
}

function isModelFault(status: number, word: string, words: VendorWords): boolean {
  if (status !== 400 && status !== 403 && status !== 422 && status >= 300) return false;
  // "tools are not supported by this model" is a fault of the request, not of the model's name.
  if (/unsupported[_ ](?:parameter|value)|invalid_parameter/.test(word) || words.say(UNSUPPORTED))
    return false;
  return has(word, MODEL) || words.say(MODEL);
}

/** An error in a 200 stream has no status to lean on; what nobody can tell is the vendor's fault. */
function classifyInStream(status: number, word: string, words: VendorWords): VendorErrorKind {
  if (!word.includes('resource_exhausted') && (has(word, NO_CREDIT) || words.state(NO_CREDIT)))
    return 'no_credit';
  if (has(word, RATE)) return 'rate_limit';
  if (/overloaded_error|engine_overloaded|server_is_busy|unavailable/.test(word)) return 'overloaded';
  if (has(word, BAD_KEY) || words.state(BAD_KEY)) return 'credentials';
  if (words.say(PREFILL)) return 'unsupported_request';
  if (has(word, CONTEXT) || words.say(CONTEXT)) return 'context_length';
  if (has(word, CONTENT) || words.say(CONTENT)) return 'content_policy';
  if (isModelFault(status, word, words)) return 'model_not_found';
  if (words.state(RATE)) return 'rate_limit';
  if (/invalid[_-]?(?:request|parameter|argument)|bad_request|tool_use_failed|unsupported/.test(word))
    return 'invalid_request';
  if (/permission|forbidden/.test(word)) return 'forbidden';
  if (word.includes('not_found')) return 'model_not_found';
  return words.state(BUSY) ? 'overloaded' : 'server';
}

const STATUS_OF_KIND: Readonly<Record<VendorErrorKind, number>> = {
  invalid_request: 400,
  unsupported_request: 400,
  context_length: 400,
  content_policy: 400,
  credentials: 401,
  forbidden: 403,
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
