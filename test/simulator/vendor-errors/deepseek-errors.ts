import { plainMessage } from './error-facts.ts';
import type { ErrorFacts, ErrorName } from './error-facts.ts';

/** DeepSeek answers an unknown model with 400 and an empty account with 402. */
export function deepSeekFacts(name: ErrorName, model: string, key: string): ErrorFacts {
  const code = 'invalid_request_error';
  switch (name) {
    case 'bad-key':
    case 401: {
      const message =
        key === ''
          ? 'Authentication Fails (auth header format should be Bearer sk-...)'
          : `Authentication Fails, Your api key: ****${key.slice(-4)} is invalid`;
      return { status: 401, message, type: 'authentication_error', code };
    }
    case 'context-length': {
      const message =
        "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (132000 in the messages, 8000 in the completion). Please reduce the length of the messages or completion.";
      return { status: 400, message, type: code, code };
    }
    case 'content-policy':
      return { status: 400, message: 'Content Exists Risk', type: code, code };
    case 'insufficient-quota':
    case 402:
      return { status: 402, message: 'Insufficient Balance', type: 'unknown_error', code };
    case 'model-not-found':
    case 404:
      return { status: 400, message: `Model Not Exist: ${model}`, type: code, code };
    case 429:
      return {
        status: 429,
        message: 'Rate limit reached',
        type: 'rate_limit_error',
        code: 'rate_limit_reached_error',
      };
    case 500:
      return { status: 500, message: 'Internal Server Error', type: 'server_error', code: 'internal_error' };
    case 503: {
      const message =
        'Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.';
      return { status: 503, message, type: 'service_unavailable_error', code: 'service_unavailable_error' };
    }
    default:
      return { status: name, message: plainMessage(name), type: code, code };
  }
}
