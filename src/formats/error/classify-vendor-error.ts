import type { VendorErrorKind } from '../../contract/vendor-error.js';
import { kindOfCode } from './known-codes.js';
import {
  BAD_KEY,
  BUSY,
  NO_CREDIT,
  NO_MODEL,
  NO_SUCH_OFFER,
  RATE_LIMIT,
  SPENT_QUOTA,
} from './known-sentences.js';
import { VendorWords } from './vendor-words.js';

/** What an error says of itself; strings are empty where it says nothing. `status` is 200 inside a stream. */
export interface ErrorSigns {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly message: string;
  readonly param?: string | undefined;
  /** Google's `ErrorInfo.reason`. */
  readonly reason?: string | undefined;
  /** The body was no JSON: nobody's words in particular. */
  readonly isPage?: boolean | undefined;
}

const CONTEXT =
  /context window|context length|maximum context|context size|exceeds? context limit|prompt (?:is )?too long|input is too long|too many (?:input )?tokens|maximum number of (?:input )?tokens|input token count|reduce the length|range of input length|exceeds? (?:the )?(?:max(?:imum)? )?(?:model )?(?:input|token) (?:limit|length)/;
/** A refused prefill: the model cannot go on from an assistant message that stands last. */
const PREFILL =
  /assistant (?:message )?prefill|(?:conversation|messages?) must end with a user message|expected last role user/;
const CONTENT =
  /content filter(?:ing|ed)?\b|content (?:management )?policy|inappropriate content|content exists risk|safety system|(?:was|were|been) (?:flagged|blocked)|flagged (?:as|by|for)|requires moderation|moderation (?:system|policy|filter)|usage polic|sensitive content|敏感/;
/** A member that the vendor does not take, which it names without quotes. */
const NAMES_A_MEMBER =
  /extra inputs? (?:are|is) not permitted|^(?:body|query)\.|^(?:unknown|unrecogni[sz]ed|unsupported|invalid|unexpected) (?:request )?(?:parameters?|arguments?|fields?|name|value|keys?)\b/;

/**
 * What kind of refusal an error is. Codes and types, which are the vendor's own vocabulary, speak first, then the status;
 * the words of a message count only where the status could mean the same. The body speaks at all because vendors send a
 * bad key as 400 (Gemini, xAI), a missing model as 400 (DeepSeek, Mistral, OpenRouter) and an empty account as 400, 403 or
 * 429. What makes somebody rest is proved by a code as a whole or by a sentence as a whole, as messages repeat what
 * callers write.
 */
export function classifyVendorError(signs: ErrorSigns): VendorErrorKind {
  const { status } = signs;
  const told = kindOfCode(signs.code, signs.type, signs.reason);
  switch (status) {
    case 401:
      return told === 'no_credit' ? told : 'credentials';
    case 402:
      return 'no_credit';
    case 404:
      return classifyNotFound(signs, told);
    case 408:
    case 409:
    case 425:
      return told === 'rate_limit' ? told : 'server';
    case 429:
      return told === 'no_credit' || saysNoCredit(signs, new VendorWords(signs.message))
        ? 'no_credit'
        : 'rate_limit';
    case 503:
    case 529:
      return 'overloaded';
    default:
      if (status >= 500) return told === 'overloaded' ? told : 'server';
      return told ?? (status >= 400 ? classifyRefusal(signs) : classifyInStream(signs));
  }
}

function classifyNotFound(
  { code, param, message }: ErrorSigns,
  told: VendorErrorKind | undefined,
): VendorErrorKind {
  if (told === 'model_not_found') return told;
  if (new VendorWords(message).mention(NO_SUCH_OFFER)) return 'unsupported_request';
  // What is not there is a file, or an earlier answer, that the request names.
  const isOther = (param !== undefined && param !== 'model') || /^(?!model).+_not_found$/.test(code);
  return isOther ? 'invalid_request' : 'model_not_found';
}

/** 400, 403, 413, 422 and the like: statuses that say no more than that the vendor does not want this request. */
function classifyRefusal(signs: ErrorSigns): VendorErrorKind {
  const { status } = signs;
  const words = new VendorWords(signs.message);
  const byWords = status === 413 ? 'context_length' : classifyWords(signs, words);
  return byWords ?? (status === 403 ? 'forbidden' : 'invalid_request');
}

function classifyWords(signs: ErrorSigns, words: VendorWords): VendorErrorKind | undefined {
  if (saysNoCredit(signs, words)) return 'no_credit';
  if (words.state(BAD_KEY)) return 'credentials';
  if (words.stateOfName(NO_MODEL)) return 'model_not_found';
  if (signs.isPage === true || words.mention(NAMES_A_MEMBER)) return undefined;
  if (words.mention(PREFILL)) return 'unsupported_request';
  if (words.mention(CONTEXT)) return 'context_length';
  return words.mention(CONTENT) ? 'content_policy' : undefined;
}

/** Google calls a rate limit a quota. */
function saysNoCredit({ type }: ErrorSigns, words: VendorWords): boolean {
  return words.state(NO_CREDIT) || (!/resource_exhausted/i.test(type) && words.state(SPENT_QUOTA));
}

/** An error in a 200 stream has no status to lean on; what nobody can tell is the vendor's fault. */
function classifyInStream(signs: ErrorSigns): VendorErrorKind {
  const words = new VendorWords(signs.message);
  const byWords = classifyWords(signs, words);
  if (byWords !== undefined) return byWords;
  if (words.state(RATE_LIMIT)) return 'rate_limit';
  const word = `${signs.code} ${signs.type}`.toLowerCase();
  if (/invalid[_-]?(?:request|parameter|argument)|bad_request|tool_use_failed|unsupported/.test(word))
    return 'invalid_request';
  if (/permission|forbidden/.test(word)) return 'forbidden';
  if (/^(?:not_found|not_found_error)$/i.test(signs.type)) return 'model_not_found';
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
