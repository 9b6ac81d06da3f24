import { plainMessage } from './error-facts.ts';
import type { ErrorFacts, ErrorName } from './error-facts.ts';

const GEMINI_STATUS: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Gemini answers a bad key with 400. */
export function geminiFacts(name: ErrorName, model: string): ErrorFacts {
  switch (name) {
    case 'bad-key': {
      const message = 'API key not valid. Please pass a valid API key.';
      const info = {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      };
      return { status: 400, message, type: 'INVALID_ARGUMENT', details: [info] };
    }
    case 'context-length': {
      const message =
        'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).';
      return { status: 400, message, type: 'INVALID_ARGUMENT' };
    }
    case 'content-policy':
      return { status: 400, message: 'The prompt was blocked: SAFETY', type: 'INVALID_ARGUMENT' };
    case 'insufficient-quota': {
      const message = 'You exceeded your current quota, please check your plan and billing details.';
      return { status: 429, message, type: 'RESOURCE_EXHAUSTED' };
    }
    case 'model-not-found':
    case 404: {
      const message = `models/${model} is not found for API version v1beta, or is not supported for generateContent.`;
      return { status: 404, message, type: 'NOT_FOUND' };
    }
    case 429: {
      const message = 'Resource has been exhausted (e.g. check quota).';
      return { status: 429, message, type: 'RESOURCE_EXHAUSTED' };
    }
    default:
      return { status: name, message: plainMessage(name), type: GEMINI_STATUS[name] ?? 'INVALID_ARGUMENT' };
  }
}
