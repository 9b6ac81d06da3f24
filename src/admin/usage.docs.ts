import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ApiPage, text } from './requests.docs.js';
import { MOST_GROUPS, USUAL_GROUPS } from './usage-query.js';
import type { UsageReport } from './usage-report.js';

const EXAMPLE: UsageReport = {
  model: 'gpt-4o-mini',
  day: '2026-01-31',
  requests: 1200,
  errors: 14,
  input_tokens: 1_043_200,
  cached_tokens: 220_160,
  cache_write_tokens: 0,
  output_tokens: 208_544,
  reasoning_tokens: 0,
  cost_usd: 0.2650944,
  saved_usd: 0.0102,
  cache_hits: 46,
  unpriced_requests: 0,
  estimated_requests: 3,
  latency_ms_p50: 812,
  latency_ms_p95: 2310,
  latency_ms_p99: 4120,
};

export function ApiUsageReport(): MethodDecorator {
  return applyDecorators(
    text(
      'group_by',
      'Any of model, provider, key, day, in any order, with commas between them; absent: one total',
      {
        example: 'model,day',
      },
    ),
    ApiPage(USUAL_GROUPS, MOST_GROUPS),
    ApiResponse({
      status: 200,
      description: 'One page, in the order of the groups. Without `from`: the last 30 days',
      content: { 'application/json': { example: { data: [EXAMPLE], next_cursor: null } } },
    }),
  );
}
