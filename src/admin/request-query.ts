import { END_REASONS } from '../contract/request-record.js';
import type { RequestFilter, RequestPosition } from '../usage/request-filter.js';
import { decodeCursor } from './cursor.js';
import { fault, readChoice, readLimit, readQuery, type RawQuery } from './read-query.js';
import { checkOrder, readTime } from './read-time.js';

export const USUAL_REQUESTS = 50;
export const MOST_REQUESTS = 500;

const PARAMETERS = [
  'cursor',
  'limit',
  'status',
  'model',
  'key',
  'provider',
  'end_reason',
  'from',
  'to',
] as const;

export interface RequestQuery {
  readonly filter: RequestFilter;
  readonly after: RequestPosition | undefined;
  readonly limit: number;
}

/**
 * Reads the query of `/admin/requests`.
 * @throws GatewayError `invalid_request`, naming the parameter
 */
export function readRequestQuery(query: RawQuery): RequestQuery {
  const { cursor, limit, status, model, key, provider, end_reason, from, to } = readQuery(query, PARAMETERS);
  const filter = {
    from: from === undefined ? undefined : readTime('from', from),
    to: to === undefined ? undefined : readTime('to', to),
    status: status === undefined ? undefined : readStatus(status),
    endReason: end_reason === undefined ? undefined : readChoice('end_reason', end_reason, END_REASONS),
    key,
    provider,
    model,
  };
  checkOrder(filter.from, filter.to);
  return {
    filter,
    after: decodeCursor(cursor, toPosition),
    limit: readLimit(limit, USUAL_REQUESTS, MOST_REQUESTS),
  };
}

/** A row's place as it stands in a cursor. */
export function fromPosition({ at, id }: RequestPosition): unknown {
  return [at, id];
}

function toPosition(value: unknown): RequestPosition | undefined {
  if (!Array.isArray(value)) return undefined;
  const [at, id] = value as readonly unknown[];
  return Number.isSafeInteger(at) && typeof id === 'string' ? { at: at as number, id } : undefined;
}

function readStatus(text: string): { readonly least: number; readonly most: number } {
  if (/^[1-5]\d\d$/.test(text)) return { least: Number(text), most: Number(text) };
  if (/^[1-5]xx$/i.test(text)) return { least: Number(text[0]) * 100, most: Number(text[0]) * 100 + 99 };
  throw fault('status', text, 'a status such as 429, or a class of them such as 5xx');
}
