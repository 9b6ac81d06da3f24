import { plainMessage } from './error-facts.ts';
import type { ErrorFacts, ErrorName } from './error-facts.ts';

export function anthropicFacts(name: ErrorName, model: string): ErrorFacts {
  const invalid = 'invalid_request_error';
  switch (name) {
    case 'bad-key':
    case 401:
      return { status: 401, message: 'invalid x-api-key', type: 'authentication_error' };
    case 'context-length':
      return { status: 400, message: 'prompt is too long: 213462 tokens > 200000 maximum', type: invalid };
    case 'content-policy':
      return { status: 400, message: 'Output blocked by content filtering policy', type: invalid };
    case 'insufficient-quota': {
      const message =
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.';
      return { status: 400, message, type: invalid };
    }
    case 402:
      return {
        status: 402,
        message: 'There is an issue with your billing or payment information.',
        type: 'billing_error',
      };
    case 403: {
      const message = 'Your API key does not have permission to use the specified resource.';
      return { status: 403, message, type: 'permission_error' };
    }
    case 'model-not-found':
    case 404:
      return { status: 404, message: `model: ${model}`, type: 'not_found_error' };
    case 413:
      return { status: 413, message: 'Request exceeds the maximum size', type: 'request_too_large' };
    case 429: {
      const message = "This request would exceed your account's rate limit. Please try again later.";
      return { status: 429, message, type: 'rate_limit_error' };
    }
    case 504:
      return { status: 504, message: 'Request timed out', type: 'timeout_error' };
    case 529:
      return { status: 529, message: 'Overloaded', type: 'overloaded_error' };
    default:
      return { status: name, message: plainMessage(name), type: name >= 500 ? 'api_error' : invalid };
  }
}
