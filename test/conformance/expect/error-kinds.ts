import type { VendorErrorKind } from '../../../src/contract/vendor-error.js';

/**
 * What each recorded error is, judged by a person from its status, its body and the vendor's documentation. Errors
 * inside a 200 are here too.
 */
export const ERROR_KINDS: Readonly<Record<string, VendorErrorKind>> = {
  'anthropic/count-tokens-err-404': 'model_not_found',
  'anthropic/err-400-schema': 'invalid_request',
  'anthropic/err-401': 'credentials',
  'anthropic/err-404-model': 'model_not_found',
  'anthropic/err-429-rate-limit': 'rate_limit',
  'anthropic/err-529-overloaded': 'overloaded',
  'anthropic/messages-stream-midstream-overloaded': 'overloaded',
  'azure/err-400-content-filter': 'content_policy',
  'azure/err-401': 'credentials',
  'azure/err-404-deployment': 'model_not_found',
  'azure/err-429': 'rate_limit',
  'deepseek/err-400-model': 'model_not_found',
  'deepseek/err-400-thinking-tool-choice': 'invalid_request',
  'deepseek/err-401': 'credentials',
  'deepseek/err-401-b': 'credentials',
  'gemini/err-400-key': 'credentials',
  'gemini/err-400-stream': 'invalid_request',
  'gemini/err-403': 'credentials',
  'gemini/err-404-model': 'model_not_found',
  'gemini/err-429': 'rate_limit',
  'groq/err-400-tool-use-failed': 'invalid_request',
  'groq/err-400-tool-use-failed-b': 'invalid_request',
  'groq/err-401': 'credentials',
  'groq/stream-midstream-error': 'invalid_request',
  'mistral/err-400-model': 'model_not_found',
  'mistral/err-401': 'credentials',
  'mistral/err-422': 'invalid_request',
  'moonshot/err-403-quota': 'no_credit',
  'moonshot/err-429-rate-limit': 'rate_limit',
  'ollama/err-404-model': 'model_not_found',
  'ollama/v1-err-401': 'credentials',
  'openai/chat-stream-midstream-error': 'invalid_request',
  'openai/embeddings-err-404': 'model_not_found',
  'openai/err-400-image-download': 'invalid_request',
  'openai/err-400-logprobs': 'invalid_request',
  'openai/err-400-unsupported-param': 'invalid_request',
  'openai/err-401': 'credentials',
  'openai/err-404-model': 'model_not_found',
  'openai/err-429-insufficient-quota': 'no_credit',
  'openai/err-429-rate-limit-tokens': 'rate_limit',
  'openai/responses-err-400-context': 'context_length',
  'openai/responses-err-400-model': 'model_not_found',
  'openai/responses-err-401': 'credentials',
  'openai/responses-stream-error-failed': 'no_credit',
  'openrouter/err-400-model': 'model_not_found',
  'openrouter/err-401': 'credentials',
  'openrouter/err-429': 'rate_limit',
  'openrouter/stream-error-chunk': 'invalid_request',
  'openrouter/stream-long-comments': 'invalid_request',
  'other/cerebras-err-401': 'credentials',
  'other/cerebras-err-404': 'model_not_found',
  'other/huggingface-502-html': 'server',
  'qwen/err-400-thinking-tool-choice': 'invalid_request',
  'qwen/err-401': 'credentials',
  'qwen/err-404-model': 'model_not_found',
  'qwen/err-404-model-b': 'model_not_found',
  'qwen/stream-200-error': 'invalid_request',
  'xai/err-400-key': 'credentials',
};

/** How long those that say it ask to wait, in milliseconds. */
export const RETRY_AFTER_MS: Readonly<Record<string, number>> = {
  // `retry-after: 1` beside `retry-after-ms: 0`: a limit that is over now would not have been reported.
  'azure/err-429': 1000,
  'gemini/err-429': 48_000,
};

const HTML = /<!doctype|<\/?(?:html|head|body|title|meta|div|span|p|a|h\d|script|style|br|hr|center)\b/i;

/** Whether the words are fit for a caller: some, and no page of a proxy. */
export function isPlainMessage(message: string): boolean {
  return message.trim() !== '' && !HTML.test(message);
}
