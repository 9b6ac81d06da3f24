import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VendorError } from '../../contract/vendor-error.js';
import { decodeStreamError, decodeVendorError } from './decode-vendor-error.js';

const NOW = Date.UTC(2026, 0, 1);

function decode(status: number, body: unknown, headers: Record<string, string> = {}): VendorError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodeVendorError({ status, headers, body: text, now: NOW });
}

const openaiError = (message: string) => ({
  error: { message, type: 'invalid_request_error', param: null, code: null },
});

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
    const { message } = decode(400, { error: { message: 'a word '.repeat(20_000) } });
    expect(message.length).toBeGreaterThan(1980);
    expect(message.length).toBeLessThanOrEqual(2000);
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
    [
      'a date that is past, which says nothing',
      { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' },
      {},
      undefined,
    ],
    ['zero seconds, which say nothing', { 'retry-after': '0' }, {}, undefined],
    [
      'a past date beside a reset',
      { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT', 'x-ratelimit-reset': '4' },
      {},
      4000,
    ],
    ['more than a day, which counts as a day', { 'retry-after': '172800' }, {}, 86_400_000],
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

describe('retry hints, whatever a vendor sends', () => {
  const hint = fc.oneof(
    fc.string(),
    fc.double({ noNaN: false }).map(String),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.constantFrom(
      '1m30s',
      '48.9s',
      '120ms',
      '-1',
      '0',
      '0.0',
      ' 5 ',
      '1e3',
      'soon',
      'Infinity',
      '9'.repeat(400),
    ),
  );
  const name = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-reset',
    'x-ratelimit-reset-tokens',
    'anthropic-ratelimit-tokens-reset',
  );

  it('are a time between nothing and a day, or none at all', () => {
    fc.assert(
      fc.property(fc.dictionary(name, hint), fc.constantFrom(429, 503, 529), (headers, status) => {
        const { retryAfterMs } = decode(status, { error: { message: 'no' } }, headers);
        if (retryAfterMs === undefined) return;
        expect(Number.isInteger(retryAfterMs)).toBe(true);
        expect(retryAfterMs).toBeGreaterThan(0);
        expect(retryAfterMs).toBeLessThanOrEqual(86_400_000);
      }),
    );
  });

  it('in seconds are as long as they say, fractions included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 }), (milliseconds) => {
        const { retryAfterMs } = decode(503, {}, { 'retry-after': String(milliseconds / 1000) });
        expect(Math.abs((retryAfterMs ?? 0) - milliseconds)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('grow with the seconds', () => {
    const seconds = fc.double({ min: 0, max: 1e9, noNaN: true });
    const read = (value: number) => decode(429, {}, { 'retry-after': value.toFixed(3) }).retryAfterMs ?? 0;
    fc.assert(
      fc.property(seconds, seconds, (one, other) => {
        expect(read(Math.max(one, other))).toBeGreaterThanOrEqual(read(Math.min(one, other)));
      }),
    );
  });

  it('are no reset of a limit where no limit was hit', () => {
    const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m' };
    expect([429, 503, 529].map((status) => decode(status, {}, headers).retryAfterMs)).toEqual([
      60_000,
      undefined,
      undefined,
    ]);
  });

  it('of one readable header are not spoilt by an unreadable one before it', () => {
    expect(decode(429, {}, { 'retry-after-ms': 'x', 'retry-after': '3' }).retryAfterMs).toBe(3000);
    expect(
      decode(429, {}, { 'retry-after-ms': '0', 'retry-after': '-3', 'x-ratelimit-reset': '4' }).retryAfterMs,
    ).toBe(4000);
  });
});

describe('a 403', () => {
  it.each<readonly [name: string, body: object | string, kind: VendorError['kind']]>([
    [
      'a page of a CDN',
      '<html><head><title>403 Forbidden</title></head><body>cloudflare</body></html>',
      'forbidden',
    ],
    ['nothing', '', 'forbidden'],
    [
      'a model that the project may not use',
      { error: { message: 'Project `p` may not use this.', code: 'unsupported_model' } },
      'forbidden',
    ],
    [
      'a region',
      {
        error: {
          message: 'Country, region, or territory not supported',
          code: 'unsupported_country_region_territory',
        },
      },
      'forbidden',
    ],
    [
      'moderation',
      { error: { message: 'Your input was flagged', code: 403, metadata: { reasons: ['violence'] } } },
      'content_policy',
    ],
    [
      'no access to a model',
      { error: { message: 'You do not have access to model gpt-9' } },
      'model_not_found',
    ],
    ['a key', { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } }, 'credentials'],
    ['a key, in words alone', { error: { message: 'Invalid API key.' } }, 'credentials'],
    [
      'a project of Google that is off',
      {
        error: {
          code: 403,
          message: 'Generative Language API has not been used in project 1 before or it is disabled.',
          status: 'PERMISSION_DENIED',
          details: [
            { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED', domain: 'g' },
          ],
        },
      },
      'credentials',
    ],
    [
      'a team of xAI without credits',
      {
        code: 'The caller does not have permission to execute the specified operation',
        error: "Your newly created team doesn't have any credits or licenses yet.",
      },
      'no_credit',
    ],
    ['a page that speaks of moderation', '<h1>moderation policy</h1>', 'forbidden'],
    [
      'an empty account',
      { error: { type: 'exceeded_current_quota_error', message: 'not active' } },
      'no_credit',
    ],
  ])('with %s is told apart', (_, body, kind) => {
    expect(decode(403, body).kind).toBe(kind);
  });
});

describe('a long message', () => {
  it('is never cut within a word, as half a secret would not be known as one', () => {
    const secret = `word-${'s3cr3t'.repeat(20)}`;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.boolean(), (padding, isPage) => {
        const words = `${'x'.repeat(padding)} ${`${secret} `.repeat(400)}`;
        const body = isPage ? `<html><p>${words}</p></html>` : JSON.stringify({ error: { message: words } });
        const { message } = decodeVendorError({ status: 500, headers: {}, body, now: NOW });
        expect(message.length).toBeLessThanOrEqual(2000);
        expect(message.replaceAll(secret, '')).not.toMatch(/s3cr|word-/);
      }),
    );
  });
});

describe('the words of a vendor', () => {
  it.each<readonly [name: string, body: unknown, message: string]>([
    [
      'an organization that is not verified',
      openaiError('Your organization must be verified to stream this model.'),
      'Your organization must be verified to stream this model.',
    ],
    ['a server of models', { error: 'CUDA error: out of memory' }, 'CUDA error: out of memory'],
    ['the same as plain text', 'CUDA error: out of memory', 'CUDA error: out of memory'],
    ['a detail', { detail: 'Engine process died' }, 'Engine process died'],
    ['a detail within', { detail: { message: 'Engine died', code: 7 } }, 'Engine died'],
    ['a status text with words beside it', { error: 'Bad Request', message: 'no' }, 'Bad Request: no'],
    ['Amazon', { Message: 'Too many tokens per day' }, 'Too many tokens per day'],
    ['a problem document', { type: 'about:blank', title: 'Upstream gone' }, 'Upstream gone'],
    ['Cloudflare', { success: false, errors: [{ code: 7003, message: 'No route' }] }, 'No route'],
    ['a shape that nobody knows', { faults: { model: ['is odd'] } }, '{"faults":{"model":["is odd"]}}'],
    ['nothing but numbers', { code: 7, ok: false }, 'The vendor answered 500 without a message'],
    [
      'a page',
      '<!DOCTYPE html><html><head><style>a{}</style><title>Just a moment...</title></head><body class="x"><h1>Checking</h1><script>if (1 < 2) go()</script> now </body>',
      'Just a moment... Checking now',
    ],
    ['a page that breaks off in its head', '<html><head><title>Gone</title><style>.a {', 'Gone'],
    ['angle brackets that are no tags', 'expected <400> or a < b', 'expected <400> or a < b'],
  ])('of %s are kept', (_name, body, message) => {
    expect(decode(500, body).message).toBe(message);
  });

  it('are found in one pass, whatever the body is', () => {
    for (const hostile of ['<a', '<style>', '<head><title', '{"error":', '<!--', '"`\'[{<'])
      expect(decode(400, hostile.repeat(20_000)).message.length).toBeLessThanOrEqual(2000);
  });
});

describe('what helps to find out why', () => {
  it.each<readonly [Record<string, string>, object, string | undefined]>([
    [{ 'x-request-id': 'req_1', 'cf-ray': '8f' }, {}, 'req_1'],
    [{ 'request-id': 'req_011' }, {}, 'req_011'],
    [{ 'apim-request-id': 'a-b' }, {}, 'a-b'],
    [{ 'cf-ray': '8f-FRA' }, {}, '8f-FRA'],
    [{}, { type: 'error', request_id: 'req_9', error: { message: 'm' } }, 'req_9'],
    [{}, { error: { message: 'm' } }, undefined],
    [{ 'x-request-id': `a\tb${'c'.repeat(300)}` }, {}, `ab${'c'.repeat(126)}`],
  ])('the request id of %j %j is %s', (headers, body, id) => {
    expect(decode(500, body, headers).requestId).toBe(id);
  });

  it('x-should-retry: false is read', () => {
    expect(decode(500, {}, { 'x-should-retry': 'false' }).retryable).toBe(false);
    expect(decode(500, {}, {}).retryable).toBeUndefined();
  });

  it.each<readonly [status: number, body: object, boolean | undefined]>([
    [
      400,
      {
        error: {
          message: "Unsupported parameter: 'max_tokens' is not supported",
          param: 'max_tokens',
          code: 'unsupported_parameter',
        },
      },
      true,
    ],
    [
      400,
      {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'messages.0.content: Input should be a valid list' },
      },
      true,
    ],
    [
      400,
      {
        error: {
          code: 400,
          message: 'Invalid JSON payload received. Unknown name "foo": Cannot find field.',
          status: 'INVALID_ARGUMENT',
        },
      },
      true,
    ],
    [422, { detail: [{ loc: ['body', 'tools', 0], ['msg']: 'Extra inputs are not permitted' }] }, true],
    [
      400,
      {
        object: 'error',
        message: 'Unexpected role user after role tool',
        type: 'invalid_request_message_order',
      },
      true,
    ],
    [400, { error: { message: 'unknown variant `image_url`, expected `text`' } }, true],
    [400, { error: { message: 'does not support tools' } }, true],
    [400, { error: { message: 'Bad Request' } }, false],
    [500, { error: { message: 'parameter' } }, undefined],
    ...[
      "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
      "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to be false.",
      'Unrecognized request argument supplied: cache_control',
      'Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, expected `text`',
      'The reasoning_content in the thinking mode must be passed back to the API.',
      'messages: roles must alternate between "user" and "assistant"',
      'tools.0.custom.input_schema: JSON schema is invalid',
      'foo: Extra inputs are not permitted',
      '`temperature` and `top_p` cannot both be specified for this model.',
      'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      "Function calling with a response mime type: 'application/json' is unsupported",
      "Unexpected role 'user' after role 'tool'",
      'Not the same number of function calls and responses',
      "'messages.0' : for 'role:system' the following must be satisfied[('messages.0.content' : value must be a string)]",
      "property 'reasoning_effort' is unsupported",
      'Argument not supported on this model: presencePenalty',
      '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      'Conversation roles must alternate user/assistant/user/assistant/...',
      'System role not supported',
      'At most 1 image(s) may be provided in one request.',
      'registry.ollama.ai/library/gemma:2b does not support tools',
      'json: cannot unmarshal array into Go struct field .messages.content of type string',
      '<400> InternalError.Algo.InvalidParameter: The tool_choice parameter does not support being set to required',
    ].map((message) => [400, openaiError(message), true] as const),
    ...['We could not parse the JSON of your request.', 'Something went wrong.', 'Invalid request'].map(
      (message) => [400, openaiError(message), false] as const,
    ),
  ])('a %i of %j names a part of the request: %s', (status, body, expected) => {
    expect(decode(status, body).namesPart).toBe(expected);
  });
});
