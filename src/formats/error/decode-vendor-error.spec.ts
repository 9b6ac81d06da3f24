import fc from 'fast-check';
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

  it('of one readable header are not spoilt by an unreadable one before it', () => {
    expect(decode(429, {}, { 'retry-after-ms': 'x', 'retry-after': '3' }).retryAfterMs).toBe(3000);
    expect(
      decode(429, {}, { 'retry-after-ms': '0', 'retry-after': '-3', 'x-ratelimit-reset': '4' }).retryAfterMs,
    ).toBe(4000);
  });
});

describe('what a caller can write', () => {
  /** Where vendors repeat it: the message of an error for a text of the caller's. */
  const ECHOES: readonly ((text: string) => object | string)[] = [
    (text) => ({
      error: {
        message: `The model \`${text}\` does not exist or you do not have access to it.`,
        type: 'invalid_request_error',
        code: 'model_not_found',
      },
    }),
    (text) => ({ type: 'error', error: { type: 'not_found_error', message: `model: ${text}` } }),
    (text) => ({
      type: 'error',
      error: { type: 'invalid_request_error', message: `tools.0.name: ${text} is no name` },
    }),
    (text) => ({
      error: {
        code: 400,
        message: `Invalid JSON payload received. Unknown name "${text}": Cannot find field.`,
        status: 'INVALID_ARGUMENT',
      },
    }),
    (text) => ({
      error: {
        code: 404,
        message: `models/${text} is not found for API version v1beta`,
        status: 'NOT_FOUND',
      },
    }),
    (text) => ({ object: 'error', message: `Invalid model: ${text}`, type: 'invalid_model', code: '1500' }),
    (text) => ({ error: { message: `${text} is not a valid model ID`, code: 400 } }),
    (text) => ({
      error: {
        message: `Unrecognized request argument supplied: ${text}`,
        type: 'invalid_request_error',
        param: text,
      },
    }),
    (text) => ({ detail: [{ loc: ['body', text], ['msg']: 'Extra inputs are not permitted', input: text }] }),
    (text) => ({
      error: {
        message: `Invalid value: '${text}'. Supported values are: 'a'.`,
        type: 'invalid_request_error',
        code: 'invalid_value',
      },
    }),
    (text) => ({ error: `model '${text}' not found` }),
    (text) => ({ error: { message: `This project may not use ${text}.`, type: 'forbidden' } }),
    (text) => `<html><title>Blocked</title><p>${text}</p></html>`,
    (text) => `no route for ${text}`,
  ];
  const WORDS = [
    'insufficient_quota',
    'invalid_api_key',
    'Invalid API key',
    'incorrect api key provided',
    'API key not valid',
    'rate_limit_exceeded',
    'too many requests',
    'overloaded_error',
    'credit balance is too low',
    'exceeded your current quota',
    'out of credits',
    'authentication_error',
    'unauthenticated',
    'server is busy',
    'resource_exhausted',
    'billing_not_active',
    '余额不足',
    '令牌',
    '1113',
    'Insufficient Balance',
  ];
  const HARMLESS = 'some-harmless-name';
  const toText = (body: object | string) => (typeof body === 'string' ? body : JSON.stringify(body));
  const kindOf = (
    status: number,
    echo: (typeof ECHOES)[number],
    text: string,
    spell: (sent: string) => string,
  ) =>
    decodeVendorError({
      status,
      headers: {},
      body: toText(echo(text)),
      now: NOW,
      sent: `https://vendor.example/v1/models/${encodeURIComponent(text)}\n${spell(JSON.stringify({ model: text, messages: [] }))}`,
    }).kind;
  const escaped = (sent: string) =>
    sent.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const spelling = fc.constantFrom((sent: string) => sent, escaped);
  const callerText = fc.oneof(
    fc.constantFrom(...WORDS),
    fc.tuple(fc.constantFrom(...WORDS), fc.constantFrom(...WORDS)).map((pair) => pair.join(' ')),
    fc.tuple(fc.stringMatching(/^[a-z ]{0,10}$/), fc.constantFrom(...WORDS)).map((parts) => parts.join('/')),
  );

  it('never decides what kind of error it is, wherever a vendor repeats it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ECHOES),
        callerText,
        fc.constantFrom(400, 403, 404, 405, 422, 500, 503),
        spelling,
        (echo, text, status, spell) => {
          expect(kindOf(status, echo, text, spell)).toBe(kindOf(status, echo, HARMLESS, spell));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('hides nothing that the vendor itself says in its code', () => {
    const body = { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } };
    const error = decodeVendorError({
      status: 429,
      headers: {},
      body: JSON.stringify(body),
      now: NOW,
      sent: '{"messages":[{"role":"user","content":"What does insufficient_quota mean? You exceeded your current quota"}]}',
    });
    expect(error.kind).toBe('no_credit');
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
  ])('a %i of %j names a part of the request: %s', (status, body, expected) => {
    expect(decode(status, body).namesPart).toBe(expected);
  });
});
