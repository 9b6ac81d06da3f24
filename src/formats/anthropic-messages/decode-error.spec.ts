import { describe, expect, it } from 'vitest';
import { decodeError } from './decode-error.js';

function decode(status: number, type: string, message: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' });
  return decodeError({ status, headers, body, now: Date.UTC(2026, 0, 1) });
}

describe("Anthropic's error responses", () => {
  it.each([
    [400, 'invalid_request_error', 'messages: at least one message is required', 'invalid_request'],
    [
      400,
      'invalid_request_error',
      'This model does not support assistant message prefill. The conversation must end with a user message.',
      'unsupported_request',
    ],
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context_length'],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
      'context_length',
    ],
    [
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API.',
      'no_credit',
    ],
    [
      400,
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-02-01.',
      'no_credit',
    ],
    [400, 'invalid_request_error', 'Output blocked by content filtering policy', 'content_policy'],
    [400, 'invalid_request_error', 'This organization has been disabled.', 'credentials'],
    [401, 'authentication_error', 'invalid x-api-key', 'credentials'],
    [402, 'billing_error', 'There is an issue with your billing.', 'no_credit'],
    [
      403,
      'permission_error',
      'Your API key does not have permission to use the specified resource.',
      'forbidden',
    ],
    [404, 'not_found_error', 'model: claude-x', 'model_not_found'],
    [404, 'not_found_error', 'File not found: file_1', 'invalid_request'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'context_length'],
    [429, 'rate_limit_error', "This request would exceed your account's rate limit.", 'rate_limit'],
    [500, 'api_error', 'Internal server error', 'server'],
    [504, 'timeout_error', 'Timed out', 'server'],
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
  ])('[97] %s %s "%s" is %s', (status, type, message, kind) => {
    expect(decode(status, type, message)).toMatchObject({ kind, status, code: type, message });
  });

  it('name the member that they complain about', () => {
    expect(decode(400, 'invalid_request_error', 'messages.0.content.1: bad').param).toBe(
      'messages.0.content.1',
    );
    expect(decode(400, 'invalid_request_error', 'That was bad: very').param).toBeUndefined();
  });

  it('[101] say how long to wait', () => {
    expect(decode(429, 'rate_limit_error', 'Slow down', { 'retry-after': '7' }).retryAfterMs).toBe(7000);
  });

  it.each(['', '<html><h1>502 Bad Gateway</h1></html>', '[]', 'upstream connect error'])(
    '[98] may be %j',
    (body) => {
      const error = decodeError({ status: 502, headers: {}, body, now: 0 });
      expect(error).toMatchObject({ kind: 'server', status: 502 });
      expect(error.message).not.toContain('<');
    },
  );
});
