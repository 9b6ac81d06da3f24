import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiResponse, ApiSecurity, type ApiResponseOptions } from '@nestjs/swagger';

type Schema = Readonly<Record<string, unknown>>;

/** What the OpenAPI document says of an endpoint that answers with JSON. */
export interface JsonDocs {
  readonly request: Schema;
  readonly requestExamples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
  readonly response: Schema;
  readonly responseExample: unknown;
}

/** Likewise of one that can stream as well. */
export interface AnswerDocs extends JsonDocs {
  /** The text of a short stream. */
  readonly streamExample: string;
}

/** Both ways to present a gateway key. */
export function ApiKeyAuth(): ClassDecorator & MethodDecorator {
  return applyDecorators(ApiSecurity('bearer'), ApiSecurity('x-api-key'));
}

/** The key of the admin API. */
export function ApiAdminAuth(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    ApiSecurity('bearer'),
    ApiResponse({ status: 401, description: 'The admin key is missing or wrong' }),
    ApiResponse({ status: 403, description: 'GATEWAY_ADMIN_KEY is not set' }),
  );
}

export function ApiJsonOrStream(docs: AnswerDocs): MethodDecorator {
  return applyDecorators(
    ApiBody({ schema: docs.request, examples: { ...docs.requestExamples } }),
    ApiResponse({
      status: 200,
      description: 'The answer; server-sent events when `stream` is true',
      headers: ANSWER_HEADERS,
      content: {
        'application/json': { schema: docs.response, example: docs.responseExample },
        'text/event-stream': { schema: { type: 'string' }, example: docs.streamExample },
      },
    }),
  );
}

export function ApiJson(docs: JsonDocs): MethodDecorator {
  return applyDecorators(
    ApiBody({ schema: docs.request, examples: { ...docs.requestExamples } }),
    ApiResponse({
      status: 200,
      description: 'The answer',
      headers: ANSWER_HEADERS,
      content: { 'application/json': { schema: docs.response, example: docs.responseExample } },
    }),
  );
}

const ANSWER_HEADERS = {
  'x-request-id': { schema: { type: 'string' }, description: "The caller's own id, or a new one" },
  'x-sluice-provider': { schema: { type: 'string' }, description: 'Who served' },
  'x-sluice-model': { schema: { type: 'string' }, description: 'What the vendor says it served' },
  'x-sluice-attempts': { schema: { type: 'integer' }, description: 'Vendor calls made' },
  'x-sluice-cache': {
    schema: { type: 'string', enum: ['hit', 'miss', 'bypass'] },
    description: 'Whether the cache answered',
  },
  'x-sluice-dropped': {
    schema: { type: 'string' },
    description: 'Members of the request that the target could not take',
  },
  'x-sluice-cost-usd': { schema: { type: 'string' }, description: 'Cost in US dollars; not on streams' },
} satisfies ApiResponseOptions['headers'];

const OPENAI_ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        param: { type: ['string', 'null'] },
        code: { type: ['string', 'null'] },
      },
    },
  },
};

const SIMPLE_ERROR = {
  type: 'object',
  required: ['error', 'details'],
  properties: { error: { type: 'string' }, details: { type: 'array', items: { type: 'string' } } },
};

const ANTHROPIC_ERROR = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { type: 'string', const: 'error' },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: { type: { type: 'string' }, message: { type: 'string' } },
    },
    request_id: { type: 'string' },
  },
};

const ERROR_SHAPES = { openai: OPENAI_ERROR, simple: SIMPLE_ERROR, anthropic: ANTHROPIC_ERROR };

const STATUSES: readonly (readonly [number, string])[] = [
  [400, 'The request is at fault; the message names the field'],
  [401, 'The gateway key is missing or unknown'],
  [403, 'The key may not use this model, or no key is configured and the caller is not local'],
  [404, 'No route or provider serves this model'],
  [408, 'The body did not come in time'],
  [413, 'The body is too large'],
  [429, 'Rate limit; `retry-after` says how long to wait'],
  [502, 'The last vendor failed'],
  [
    503,
    'Every provider failed or is cooling down; or the gateway is overloaded or shutting down, and `retry-after` says when to come back',
  ],
  [504, 'No vendor answered in time'],
];

/** The errors that every chat endpoint can answer with, in the shape of its format. */
export function ApiChatErrors(shape: keyof typeof ERROR_SHAPES): MethodDecorator {
  const schema = ERROR_SHAPES[shape];
  return applyDecorators(
    ...STATUSES.map(([status, description]) =>
      ApiResponse({ status, description, content: { 'application/json': { schema } } }),
    ),
  );
}
