import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../contract/json.js';
import type { VendorError, VendorErrorKind } from '../../contract/vendor-error.js';
import { decodeError, decodeEventError } from '../anthropic-messages/decode-error.js';
import { decodeStreamError, decodeVendorError } from './decode-vendor-error.js';
import { CODES } from './known-codes.js';

/** An error in the words of some vendor, for a text of the caller's that it repeats. */
type Echo = (text: string) => JsonValue;

const openai = (message: string, more: object = {}): JsonValue => ({
  error: { message, type: 'invalid_request_error', param: null, code: null, ...more },
});
const anthropic = (message: string, type = 'invalid_request_error'): JsonValue => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_1',
});
const google = (message: string, status = 'INVALID_ARGUMENT', code = 400): JsonValue => ({
  error: { code, message, status },
});

/** Where it stands in quotes or brackets. */
const QUOTED: readonly Echo[] = [
  (text) => openai(`The model \`${text}\` does not exist or you do not have access to it.`),
  (text) =>
    openai(`The requested model '${text}' does not exist.`, { param: 'model', code: 'model_not_found' }),
  (text) => ({ error: `model '${text}' not found` }),
  (text) => ({ error: `model "${text}" not found, try pulling it first` }),
  (text) => ({ object: 'error', message: `The model \`${text}\` does not exist.`, type: 'NotFoundError' }),
  (text) => openai(`Unknown parameter: '${text}'.`, { param: text, code: 'unknown_parameter' }),
  (text) => openai(`Invalid value: '${text}'. Supported values are: 'a'.`, { code: 'invalid_value' }),
  (text) => openai(`Invalid schema for function '${text}': schema must be an object.`, { param: 'tools' }),
  (text) => openai(`Tool choice '${text}' not found in 'tools' parameter.`, { param: 'tool_choice' }),
  (text) => openai(`property '${text}' is unsupported`),
  (text) => openai(`This project may not use "${text}".`, { type: 'forbidden' }),
  (text) => google(`Invalid JSON payload received. Unknown name "${text}": Cannot find field.`),
  (text) => google(`Invalid value at 'contents[0].role' (type.googleapis.com/Content), "${text}"`),
  (text) => anthropic(`tools.0: tool name "${text}" is taken`),
  (text) => ({ object: 'error', message: `[{'loc': ('body', '${text}'), 'input': '${text}'}]`, code: 400 }),
  (text) =>
    openai(`Your input was refused: "${text}"`, { metadata: { flagged_input: text, reasons: ['x'] } }),
];

/** Where it stands as it is. */
const BARE: readonly Echo[] = [
  (text) => anthropic(`model: ${text}`, 'not_found_error'),
  (text) => anthropic(`File not found: ${text}`, 'not_found_error'),
  (text) => anthropic(`messages.0.${text}: Extra inputs are not permitted`),
  (text) => anthropic(`${text}: Extra inputs are not permitted`),
  (text) => google(`models/${text} is not found for API version v1beta`, 'NOT_FOUND', 404),
  (text) => ({ object: 'error', message: `Invalid model: ${text}`, type: 'invalid_model', code: '1500' }),
  (text) => openai(`Invalid model: ${text}`),
  (text) => openai(`Model ${text} does not exist or you do not have access to it.`),
  (text) => openai(`The supported API model names are a or b, but you passed ${text}.`),
  (text) => openai(`Model Not Exist: ${text}`),
  (text) => ({ error: { message: `${text} is not a valid model ID`, code: 400 } }),
  (text) => openai(`No endpoints found for ${text}.`),
  (text) => openai(`当前分组 default 下对于模型 ${text} 无可用渠道`, { type: 'new_api_error' }),
  (text) => openai(`Unrecognized request argument supplied: ${text}`, { param: text }),
  (text) => openai(`parameters for tool ${text} did not match schema`, { code: 'tool_use_failed' }),
  (text) => ({ error: `registry.ollama.ai/library/${text} does not support tools` }),
  (text) => openai(`Rate limit reached for ${text} in organization org-1 on requests per min`),
  (text) => openai(`Provider returned error`, { metadata: { raw: `${text} is temporarily rate-limited` } }),
  (text) => ({ detail: [{ loc: ['body', text], ['msg']: 'Extra inputs are not permitted', input: text }] }),
  (text) => `<html><title>Blocked</title><p>${text}</p></html>`,
  (text) => `no route for ${text}`,
];

/** Every code that is known, and sentences by which vendors say that somebody should rest. */
const CODE_WORDS = Object.values(CODES).flatMap((codes) => codes.split(/\s+/));
const SENTENCES = [
  'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.',
  'You exceeded your current quota, please check your plan and billing details.',
  'You have reached your specified API usage limits.',
  'Insufficient Balance',
  'Incorrect API key provided. You can find your API key at https://x.y.',
  'API key not valid. Please pass a valid API key.',
  'invalid x-api-key',
  'This organization has been disabled.',
  'enable billing',
  'billing account is disabled',
  'Method doesn’t allow unregistered callers',
  'Rate limit reached',
  'Too many requests',
  'Overloaded',
  'The server is busy, try again later',
  'out of credits',
  '余额不足',
  '账户已欠费',
  '无效的令牌',
  '令牌已过期',
  'RESOURCE_EXHAUSTED',
  'API_KEY_INVALID',
];
/** Words of refusals that rest nobody; they count where they are not quoted. */
const MENTIONS = [
  'maximum context length is 5',
  'prompt is too long',
  'content management policy',
  'flagged by us',
];

const STATUSES = [200, 400, 401, 402, 403, 404, 405, 408, 409, 413, 422, 429, 500, 502, 503, 529];
const HARMLESS = 'harmless';

const READERS: readonly ((status: number, body: JsonValue) => VendorError)[] = [
  (status, body) =>
    status === 200 ? decodeStreamError(body) : decodeVendorError({ ...response(body), status }),
  (status, body) =>
    status === 200 && typeof body === 'object'
      ? decodeEventError(body as Parameters<typeof decodeEventError>[0])
      : decodeError({ ...response(body), status }),
];
const response = (body: JsonValue) => ({
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
  now: 0,
});

/** Kinds that rest a key or a target, or pass it over. Whoever names a model may well see that very model rest. */
const RESTING = new Set<VendorErrorKind>(['credentials', 'no_credit', 'rate_limit', 'overloaded']);

const words = fc.constantFrom(...CODE_WORDS, ...SENTENCES);
const reader = fc.constantFrom(...READERS);
const status = fc.constantFrom(...STATUSES);

describe('what a caller can write', () => {
  it('never decides what kind of error it is, wherever a vendor repeats it', () => {
    const texts = fc.oneof(
      words,
      words.map((word) => word.toUpperCase()),
      words.map((word) => `vendor/${word}`),
      fc.tuple(words, words).map((pair) => pair.join(' ')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...QUOTED, ...BARE), texts, status, reader, (echo, text, code, read) => {
        const { kind } = read(code, echo(text));
        // Inside a 200 there is no status to go by: a text may hide there what the vendor says, and no more.
        if (code === 200 && !RESTING.has(kind)) return;
        expect(kind).toBe(read(code, echo(HARMLESS)).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('decides nothing in quotes, whatever it is, quotes included', () => {
    const part = fc.oneof(
      words,
      fc.constantFrom(...MENTIONS),
      fc.constantFrom(`'`, '`', '"', ' ', ': ', '. '),
    );
    const texts = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.constantFrom(...QUOTED), texts, status, reader, (echo, text, code, read) => {
        expect(read(code, echo(text)).kind).toBe(read(code, echo(HARMLESS)).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('sends nobody to rest, whatever it is', () => {
    const part = fc.oneof(
      words,
      fc.string(),
      fc.constantFrom(
        ...MENTIONS,
        '{',
        '}',
        '<',
        '>',
        '"',
        '\n',
        '. ',
        ': ',
        'model',
        'does not exist',
        'not found',
      ),
    );
    const texts = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.constantFrom(...QUOTED, ...BARE), texts, status, reader, (echo, text, code, read) => {
        const { kind } = read(code, echo(text));
        if (RESTING.has(kind)) expect(kind).toBe(read(code, echo(HARMLESS)).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('names no model that is not there by the name of something else', () => {
    const others = [
      (text: string) => openai(`Tool choice '${text}' not found in 'tools' parameter.`),
      (text: string) => openai(`Function ${text} not found in tools`),
      (text: string) =>
        openai(`Previous response with id ${text} not found.`, { param: 'previous_response_id' }),
      (text: string) => anthropic(`File not found: ${text}`, 'not_found_error'),
      (text: string) => anthropic(`${text}: Extra inputs are not permitted`),
      (text: string) => openai(`Unknown parameter: ${text}`, { param: text }),
    ];
    const texts = fc.constantFrom(
      'model',
      'model_not_found',
      'invalid model: x',
      'The model x does not exist',
      'x is not a valid model ID',
      'model: x',
    );
    fc.assert(
      fc.property(fc.constantFrom(...others), texts, reader, (echo, text, read) => {
        expect(read(400, echo(text)).kind).toBe('invalid_request');
      }),
    );
    expect(READERS.map((read) => read(404, others[2]!('model')).kind)).toEqual([
      'invalid_request',
      'invalid_request',
    ]);
  });

  it('hides nothing that a vendor says of itself', () => {
    const said = openai('You exceeded your current quota', { code: 'insufficient_quota' });
    expect(READERS.map((read) => read(429, said).kind)).toEqual(['no_credit', 'no_credit']);
  });
});
