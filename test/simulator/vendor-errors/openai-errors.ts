import { plainMessage } from './error-facts.ts';
import type { ErrorFacts, ErrorName } from './error-facts.ts';

export function openAiFacts(name: ErrorName, model: string, key: string): ErrorFacts {
  const invalid = 'invalid_request_error';
  switch (name) {
    case 'bad-key':
    case 401: {
      const message =
        key === ''
          ? "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
          : `Incorrect API key provided: ${mask(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`;
      return { status: 401, message, type: invalid, code: key === '' ? null : 'invalid_api_key' };
    }
    case 'context-length': {
      const message =
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 131072 tokens. Please reduce the length of the messages.";
      return { status: 400, message, type: invalid, param: 'messages', code: 'context_length_exceeded' };
    }
    case 'content-policy': {
      const message =
        'Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.';
      return { status: 400, message, type: invalid, code: 'content_policy_violation' };
    }
    case 'insufficient-quota': {
      const message =
        'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';
      return { status: 429, message, type: 'insufficient_quota', code: 'insufficient_quota' };
    }
    case 400:
      return {
        status: 400,
        message: "Invalid type for 'temperature'.",
        type: invalid,
        param: 'temperature',
        code: 'invalid_type',
      };
    case 403: {
      const message = 'Country, region, or territory not supported';
      return {
        status: 403,
        message,
        type: 'request_forbidden',
        code: 'unsupported_country_region_territory',
      };
    }
    case 'model-not-found':
    case 404: {
      const message = `The model \`${model}\` does not exist or you do not have access to it.`;
      return { status: 404, message, type: invalid, code: 'model_not_found' };
    }
    case 429: {
      const message = `Rate limit reached for ${model} in organization org-simulated on requests per min (RPM): Limit 3, Used 3, Requested 1. Visit https://platform.openai.com/account/rate-limits to learn more.`;
      return { status: 429, message, type: 'requests', code: 'rate_limit_exceeded' };
    }
    case 500: {
      const message = 'The server had an error while processing your request. Sorry about that!';
      return { status: 500, message, type: 'server_error' };
    }
    case 503: {
      const message = 'That model is currently overloaded with other requests. You can retry your request.';
      return { status: 503, message, type: 'server_error', code: 'service_unavailable' };
    }
    default:
      return { status: name, message: plainMessage(name), type: name >= 500 ? 'server_error' : invalid };
  }
}

function mask(key: string): string {
  return key.length <= 8 ? key : `${key.slice(0, 4)}${'*'.repeat(8)}${key.slice(-4)}`;
}
