import { applyDecorators } from '@nestjs/common';
import { ApiQuery, ApiResponse, type ApiQueryOptions } from '@nestjs/swagger';
import { END_REASONS } from '../contract/request-record.js';
import { MOST_REQUESTS, USUAL_REQUESTS } from './request-query.js';
import type { RequestReport } from './request-report.js';

const EXAMPLE: RequestReport = {
  request_id: '0c2f3a0e-5b0f-4c4e-9d0b-3f1d8f1f7a11',
  at: '2026-01-31T08:15:30.123Z',
  key: 'team-a',
  key_id: 'team-a',
  format: 'openai-chat',
  stream: false,
  requested_model: 'auto',
  provider: 'openai',
  model: 'gpt-4o-mini',
  status: 200,
  end_reason: 'done',
  error: null,
  finish: 'stop',
  attempts: [
    {
      provider: 'deepseek',
      model: 'deepseek-chat',
      key_hint: '5e884898',
      status: 500,
      error: '500 Internal Server Error',
      vendor_message: 'CUDA error: out of memory',
      vendor_request_id: 'req_7f3a',
      started_ms: 1,
      ms: 120,
    },
    {
      provider: 'openai',
      model: 'gpt-4o-mini',
      key_hint: 'ab12cd34',
      status: 200,
      error: null,
      vendor_message: null,
      vendor_request_id: null,
      started_ms: 122,
      ms: 810,
    },
  ],
  considered: [
    {
      provider: 'anthropic',
      model: 'claude-haiku-4-5',
      reason: '429 rate limit',
      until: '2026-01-31T08:16:00.000Z',
    },
  ],
  input_tokens: 9,
  cached_tokens: 0,
  cache_write_tokens: null,
  output_tokens: 12,
  reasoning_tokens: 0,
  usage_source: 'vendor',
  cost_usd: 0.00000855,
  price_version: '0.1.8',
  cache: 'miss',
  saved_usd: null,
  queue_ms: 0,
  first_token_ms: null,
  total_ms: 933,
  overhead_ms: 1.2,
};

/** What the lists of the admin API share. */
export function ApiPage(usual: number, most: number): MethodDecorator {
  return applyDecorators(
    text('cursor', 'The `next_cursor` of the page before'),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: most, default: usual },
    }),
    text('from', 'A date or a time, such as 2026-01-31 or 2026-01-31T08:00:00Z; in UTC without a zone'),
    text('to', 'Likewise. A date includes that day; a time is the first one that is out'),
    ApiResponse({ status: 400, description: 'A parameter is at fault; the message names it' }),
    ApiResponse({ status: 503, description: 'The database does not answer; `retry-after` says when to ask' }),
  );
}

export function ApiRequestList(): MethodDecorator {
  return applyDecorators(
    ApiPage(USUAL_REQUESTS, MOST_REQUESTS),
    text('status', 'A status, or a class of them such as 5xx'),
    text('model', 'The model that served, or was asked last'),
    text('key', 'Name of a gateway key'),
    text('provider', 'Who served, or was asked last'),
    ApiQuery({ name: 'end_reason', required: false, schema: { type: 'string', enum: [...END_REASONS] } }),
    ApiResponse({
      status: 200,
      description: 'One page',
      content: { 'application/json': { example: { data: [EXAMPLE], next_cursor: null } } },
    }),
  );
}

export function ApiRequestDetails(): MethodDecorator {
  return applyDecorators(
    ApiResponse({
      status: 200,
      description: 'The request; with `bodies` where `logging.request_log` is full',
      content: { 'application/json': { example: EXAMPLE } },
    }),
    ApiResponse({ status: 404, description: 'The log has no such request' }),
    ApiResponse({ status: 503, description: 'The database does not answer; `retry-after` says when to ask' }),
  );
}

/** A parameter of the query that may be left out. */
export function text(
  name: string,
  description: string,
  more: Pick<ApiQueryOptions, 'example'> = {},
): MethodDecorator {
  return ApiQuery({ name, required: false, description, schema: { type: 'string', ...more } });
}
