/** The faults that have a body of their own beside the plain statuses. */
export type ErrorName =
  number | 'context-length' | 'content-policy' | 'insufficient-quota' | 'model-not-found' | 'bad-key';

export interface ErrorFacts {
  readonly status: number;
  readonly message: string;
  /** OpenAI and Anthropic `type`, Gemini `status`. */
  readonly type: string;
  readonly code?: string | null;
  readonly param?: string | null;
  readonly details?: readonly unknown[];
}

const PLAIN_MESSAGES: Readonly<Record<number, string>> = {
  400: 'Invalid request.',
  402: 'Payment required.',
  403: 'Forbidden.',
  404: 'Not found.',
  408: 'Request timed out.',
  409: 'The resource is locked by another request. Please try again.',
  413: 'Request too large.',
  422: 'Unprocessable entity: messages[0].role is not valid.',
  429: 'Rate limit reached.',
  500: 'Internal server error',
  502: 'Bad gateway.',
  503: 'Service unavailable.',
  504: 'Gateway timeout.',
  529: 'Overloaded',
};

export function plainMessage(status: number): string {
  return PLAIN_MESSAGES[status] ?? `Simulated status ${String(status)}.`;
}
