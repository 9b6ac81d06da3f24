import { describe, expect, it } from 'vitest';
import type { VendorError } from '../../contract/vendor-error.js';
import { decodeStreamError, decodeVendorError } from './decode-vendor-error.js';

const NOW = Date.UTC(2026, 0, 1);

function decode(status: number, body: unknown, headers: Record<string, string> = {}): VendorError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodeVendorError({ status, headers, body: text, now: NOW });
}

describe('decodeVendorError', () => {
  type Case = readonly [
    name: string,
    status: number,
    body: unknown,
    kind: VendorError['kind'],
    message: string,
  ];
  const cases: readonly Case[] = [
    [
      'OpenAI bad key',
      401,
      {
        error: {
          message: 'Incorrect API key',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_api_key',
        },
      },
      'credentials',
      'Incorrect API key',
    ],
    [
      'Gemini bad key as 400',
      400,
      {
        error: {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
        },
      },
      'credentials',
      'API key not valid. Please pass a valid API key.',
    ],
    [
      'xAI bad key as 400',
      400,
      { code: 'invalid-argument', error: 'Incorrect API key provided.' },
      'credentials',
      'Incorrect API key provided.',
    ],
    [
      'Azure string code',
      401,
      { error: { code: '401', message: 'Access denied' } },
      'credentials',
      'Access denied',
    ],
    [
      'DeepSeek missing model as 400',
      400,
      { error: { message: 'Model Not Exist', type: 'invalid_request_error', code: 'invalid_request_error' } },
      'model_not_found',
      'Model Not Exist',
    ],
    [
      'Mistral missing model, flat',
      400,
      { object: 'error', message: 'Invalid model: x', type: 'invalid_model', code: '1500' },
      'model_not_found',
      'Invalid model: x',
    ],
    [
      'OpenRouter missing model, numeric code',
      400,
      { error: { message: 'x/y is not a valid model ID', code: 400 } },
      'model_not_found',
      'x/y is not a valid model ID',
    ],
    ['Ollama string error', 404, { error: "model 'x' not found" }, 'model_not_found', "model 'x' not found"],
    [
      'OpenAI insufficient quota as 429',
      429,
      {
        error: {
          message: 'You exceeded your current quota',
          type: 'insufficient_quota',
          code: 'insufficient_quota',
        },
      },
      'no_credit',
      'You exceeded your current quota',
    ],
    [
      'Anthropic no credit as 400',
      400,
      {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'Your credit balance is too low to access the API.',
        },
      },
      'no_credit',
      'Your credit balance is too low to access the API.',
    ],
    [
      'DeepSeek no credit as 402',
      402,
      { error: { message: 'Insufficient Balance', type: 'unknown_error', code: 'invalid_request_error' } },
      'no_credit',
      'Insufficient Balance',
    ],
    [
      'Gemini quota of a rate limit',
      429,
      { error: { code: 429, message: 'You exceeded your current quota', status: 'RESOURCE_EXHAUSTED' } },
      'rate_limit',
      'You exceeded your current quota',
    ],
    [
      'Anthropic refused prefill',
      400,
      {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'This model does not support assistant message prefill.',
        },
      },
      'unsupported_request',
      'This model does not support assistant message prefill.',
    ],
    [
      'Anthropic refused prefill in other words',
      400,
      { error: { type: 'invalid_request_error', message: 'The conversation must end with a user message.' } },
      'unsupported_request',
      'The conversation must end with a user message.',
    ],
    [
      'Mistral refused prefill',
      400,
      {
        object: 'error',
        message:
          'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
        type: 'invalid_request_message_order',
        code: '3230',
      },
      'unsupported_request',
      'Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant',
    ],
    [
      'OpenAI context length',
      400,
      {
        error: {
          message: "This model's maximum context length is 8192 tokens.",
          type: 'invalid_request_error',
          code: 'context_length_exceeded',
          param: 'messages',
        },
      },
      'context_length',
      "This model's maximum context length is 8192 tokens.",
    ],
    [
      'Anthropic context length',
      400,
      {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'prompt is too long: 210000 tokens > 200000 maximum',
        },
      },
      'context_length',
      'prompt is too long: 210000 tokens > 200000 maximum',
    ],
    [
      'Azure content filter',
      400,
      {
        error: {
          message: 'filtered',
          code: 'content_filter',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
      'content_policy',
      'filtered',
    ],
    [
      'Anthropic overloaded',
      529,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'overloaded',
      'Overloaded',
    ],
    [
      'Groq too many tokens a minute as 413',
      413,
      { error: { message: 'Request too large', type: 'tokens', code: 'rate_limit_exceeded' } },
      'rate_limit',
      'Request too large',
    ],
    [
      'a parameter that a model does not take',
      400,
      {
        error: {
          message: "Unsupported parameter: 'stop' is not supported with this model.",
          code: 'unsupported_parameter',
          param: 'stop',
        },
      },
      'invalid_request',
      "Unsupported parameter: 'stop' is not supported with this model.",
    ],
    ['Mistral detail', 401, { detail: 'Unauthorized' }, 'credentials', 'Unauthorized'],
    [
      'a validation list',
      422,
      { detail: [{ loc: ['body', 'n'], ['msg']: 'Field required' }, { ['msg']: 'Bad' }] },
      'invalid_request',
      'body.n: Field required; Bad',
    ],
    [
      'flat Cerebras',
      401,
      { message: 'Wrong API Key', type: 'invalid_request_error', code: 'wrong_api_key' },
      'credentials',
      'Wrong API Key',
    ],
    [
      'an array',
      400,
      [{ error: { code: 400, message: 'In an array', status: 'INVALID_ARGUMENT' } }],
      'invalid_request',
      'In an array',
    ],
    [
      'OpenRouter with the upstream nested as a string',
      400,
      {
        error: {
          message: 'Provider returned error',
          code: 400,
          metadata: { raw: '{"error":{"message":"prompt is too long","type":"invalid_request_error"}}' },
        },
      },
      'context_length',
      'Provider returned error: prompt is too long',
    ],
    [
      'JSON inside a message',
      500,
      { error: { message: '{"error":{"message":"inner"}}' } },
      'server',
      'inner',
    ],
    [
      'an HTML page',
      502,
      '<html><head><title>502 Bad Gateway</title><style>p{}</style></head><body><p>nginx</p></body></html>',
      'server',
      '502 Bad Gateway nginx',
    ],
    ['plain text', 503, 'upstream connect error', 'overloaded', 'upstream connect error'],
    ['an empty body', 500, '', 'server', 'The vendor answered 500 without a message'],
    ['a conflict', 409, {}, 'server', 'The vendor answered 409 without a message'],
  ];

  it.each(cases)('[97][98] reads %s', (_name, status, body, kind, message) => {
    const error = decode(status, body);
    expect(error).toMatchObject({ kind, message, status });
  });

  it('[42] cuts a long message', () => {
    expect(decode(400, { error: { message: 'x'.repeat(100_000) } }).message).toHaveLength(2000);
  });

  it('keeps code and param', () => {
    expect(decode(400, { error: { message: 'm', code: 'c', param: 'stop' } })).toMatchObject({
      code: 'c',
      param: 'stop',
    });
    expect(decode(400, { error: { message: 'm', code: 400, type: 'bad' } }).code).toBe('bad');
  });

  const waits: readonly (readonly [
    name: string,
    headers: Record<string, string>,
    body: unknown,
    ms: number | undefined,
  ])[] = [
    ['seconds', { 'retry-after': '7' }, {}, 7000],
    ['an HTTP date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, {}, 30_000],
    ['a date that is past', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, {}, 0],
    ['milliseconds, which are finer', { 'retry-after': '2', 'retry-after-ms': '1250' }, {}, 1250],
    ["Azure's zero milliseconds beside a second", { 'retry-after': '1', 'retry-after-ms': '0' }, {}, 1000],
    [
      "OpenAI's reset of the limit that is used up",
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '1m30s',
        'x-ratelimit-remaining-tokens': '5',
        'x-ratelimit-reset-tokens': '6h',
      },
      {},
      90_000,
    ],
    [
      "OpenRouter's reset in epoch milliseconds",
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 5000) },
      {},
      5000,
    ],
    [
      "OpenRouter's reset in the body",
      {},
      {
        error: {
          message: 'm',
          metadata: { headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': String(NOW + 6000) } },
        },
      },
      6000,
    ],
    [
      "Anthropic's reset as RFC 3339",
      {
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:12Z',
      },
      {},
      12_000,
    ],
    [
      "Gemini's RetryInfo",
      {},
      {
        error: {
          message: 'm',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '48.9s' }],
        },
      },
      48_900,
    ],
    ['nothing', {}, {}, undefined],
    ['something unreadable', { 'retry-after': 'soon' }, {}, undefined],
  ];

  it.each(waits)('[101] reads how long to wait from %s', (_name, headers, body, ms) => {
    expect(decode(429, body, headers).retryAfterMs).toBe(ms);
  });
});

describe('decodeStreamError', () => {
  it.each([
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded', 503],
    [{ error: { code: 429, message: 'slow down' } }, 'rate_limit', 429],
    [
      { error: { message: 'bad', type: 'invalid_request_error', code: 'invalid_request_error' } },
      'invalid_request',
      400,
    ],
    [{ error: { message: 'The server had an error', type: 'server_error' } }, 'server', 500],
    [{ error: 'something broke' }, 'server', 500],
  ])('[82] gives %j the status that it stands for', (json, kind, status) => {
    expect(decodeStreamError(json)).toMatchObject({ kind, status });
  });
});
