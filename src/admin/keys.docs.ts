import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { BUDGET_PERIODS } from '../config/gateway-key.config.js';
import type { GatewayKeyReport } from './key-report.js';

const ID = '0d7f4a52-6f6c-4b7e-9c55-0f0c3e1f3c11';
const SECRET = 'sk-sluice-<43 characters>';

const KEY: GatewayKeyReport = {
  id: ID,
  name: 'team-a',
  source: 'api',
  status: 'active',
  key_hint: 'x4Qk',
  models: ['auto', 'openai/*'],
  requests_per_minute: 600,
  tokens_per_minute: 200_000,
  max_parallel: 50,
  budget_usd: 100,
  budget_period: 'month',
  shared_cache: false,
  created_at: '2026-11-25T09:00:00.000Z',
  updated_at: '2026-11-25T09:00:00.000Z',
  expires_at: '2027-11-25T00:00:00.000Z',
  revoked_at: null,
  previous_until: null,
};

const nullable = (schema: { type: string } & Record<string, unknown>) => ({
  ...schema,
  type: [schema.type, 'null'],
});

const FIELDS = {
  name: { type: 'string', maxLength: 200 },
  models: nullable({ type: 'array', items: { type: 'string' }, default: ['*'] }),
  requests_per_minute: nullable({ type: 'integer', minimum: 1 }),
  tokens_per_minute: nullable({ type: 'integer', minimum: 1 }),
  max_parallel: nullable({ type: 'integer', minimum: 1 }),
  budget_usd: nullable({ type: 'number', minimum: 0 }),
  budget_period: { enum: [...BUDGET_PERIODS, null], default: 'month' },
  shared_cache: nullable({ type: 'boolean', default: false }),
  expires_at: nullable({ type: 'string', description: 'ISO 8601 with a zone, or a date' }),
};

const body = (required: readonly string[]) => ({
  type: 'object',
  required: [...required],
  properties: FIELDS,
  additionalProperties: false,
});

const json = (example: unknown) => ({
  content: { 'application/json': { schema: { type: 'object' }, example } },
});

const ApiId = () => ApiParam({ name: 'id', type: String, description: 'An `id` of `GET /admin/keys`' });
const ApiFaulty = () => ApiResponse({ status: 400, description: 'A line for each faulty field' });
const ApiMissing = () => ApiResponse({ status: 404, description: 'No such key' });
const ApiConflict = () =>
  ApiResponse({
    status: 409,
    description: 'The name is taken, or the key was revoked or comes from the configuration',
  });
const ApiAway = () =>
  ApiResponse({ status: 503, description: 'The database is away; `retry-after` says when to try' });

export function ApiListKeys(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Every gateway key: those of the configuration, then the others, the newest first',
    }),
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      schema: { type: 'string' },
      description: '`next_cursor` of the page before',
    }),
    ApiResponse({ status: 200, description: 'One page', ...json({ data: [KEY], next_cursor: null }) }),
    ApiFaulty(),
    ApiAway(),
  );
}

export function ApiOneKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'One gateway key' }),
    ApiId(),
    ApiResponse({ status: 200, description: 'The key', ...json(KEY) }),
    ApiMissing(),
    ApiAway(),
  );
}

export function ApiMakeKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Makes a gateway key; its secret is in this answer and nowhere else' }),
    ApiBody({
      schema: body(['name']),
      examples: {
        plain: { summary: 'Everything allowed', value: { name: 'team-a' } },
        limited: {
          summary: 'With limits and an end',
          value: {
            name: 'team-b',
            models: ['auto', 'openai/*'],
            requests_per_minute: 600,
            tokens_per_minute: 200_000,
            max_parallel: 50,
            budget_usd: 100,
            budget_period: 'month',
            expires_at: '2099-12-31',
          },
        },
      },
    }),
    ApiResponse({ status: 201, description: 'The key with its secret', ...json({ ...KEY, key: SECRET }) }),
    ApiFaulty(),
    ApiConflict(),
    ApiAway(),
  );
}

export function ApiChangeKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Changes a gateway key: absent fields stay, `null` takes a setting away' }),
    ApiId(),
    ApiBody({
      schema: body([]),
      examples: {
        models: { summary: 'Other models', value: { models: ['auto'] } },
        unlimited: { summary: 'No budget any more', value: { budget_usd: null } },
      },
    }),
    ApiResponse({ status: 200, description: 'The key as it is now', ...json(KEY) }),
    ApiFaulty(),
    ApiMissing(),
    ApiConflict(),
    ApiAway(),
  );
}

export function ApiRotateKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Gives a gateway key a new secret; the old one stays good for a while' }),
    ApiId(),
    ApiBody({
      required: false,
      schema: {
        type: 'object',
        properties: { grace_period: nullable({ type: 'string', default: '24h' }) },
        additionalProperties: false,
      },
      examples: {
        usual: { summary: 'The old secret is good for a day', value: { grace_period: '24h' } },
        leaked: { summary: 'It ends at once', value: { grace_period: '0s' } },
      },
    }),
    ApiResponse({
      status: 200,
      description: 'The key with its new secret',
      ...json({ ...KEY, key: SECRET, previous_until: '2026-11-26T09:00:00.000Z' }),
    }),
    ApiFaulty(),
    ApiMissing(),
    ApiConflict(),
    ApiAway(),
  );
}

export function ApiRevokeKey(): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: 'Revokes a gateway key for good; its name is free again' }),
    ApiId(),
    ApiResponse({
      status: 200,
      description: 'The key',
      ...json({ ...KEY, status: 'revoked', revoked_at: '2026-11-25T10:00:00.000Z' }),
    }),
    ApiMissing(),
    ApiConflict(),
    ApiAway(),
  );
}
