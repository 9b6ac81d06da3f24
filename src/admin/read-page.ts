import { describeValue } from '../config/config-document.js';
import { suggestion } from '../config/nearest-name.js';
import { GatewayError } from '../contract/gateway-error.js';

const USUAL_LIMIT = 100;
const LARGEST_LIMIT = 1_000;
const PARAMETERS = ['limit', 'cursor'] as const;

/** Which page of a list is asked for. */
export interface PageQuery {
  readonly limit: number;
  /** What `toCursor` was given for the end of the page before; absent: the first page. */
  readonly after: readonly unknown[] | undefined;
}

/** The position of a page's last row, as text that callers only hand back. */
export function toCursor(position: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws GatewayError `invalid_request` */
export function readPage(query: Readonly<Record<string, unknown>>): PageQuery {
  for (const name of Object.keys(query)) {
    if (PARAMETERS.some((known) => known === name)) continue;
    const hint = suggestion(name, PARAMETERS);
    throw refuse(name, 'an unknown parameter', hint === '' ? PARAMETERS.join(' or ') : `a known one${hint}`);
  }
  const { limit = String(USUAL_LIMIT), cursor } = query;
  const isLimit = typeof limit === 'string' && /^[1-9]\d{0,3}$/.test(limit) && Number(limit) <= LARGEST_LIMIT;
  if (!isLimit) {
    throw refuse('limit', describeValue(limit), `a whole number from 1 to ${String(LARGEST_LIMIT)}`);
  }
  return { limit: Number(limit), after: cursor === undefined ? undefined : readCursor(cursor) };
}

export function cursorFault(found: unknown): GatewayError {
  return refuse('cursor', describeValue(found), 'the next_cursor of the page before');
}

function readCursor(cursor: unknown): readonly unknown[] {
  try {
    const position: unknown = JSON.parse(Buffer.from(String(cursor), 'base64url').toString('utf8'));
    if (Array.isArray(position)) return position;
  } catch {
    // Said below.
  }
  throw cursorFault(cursor);
}

function refuse(name: string, found: string, expected: string): GatewayError {
  const message = `${name}: found ${found}, expected ${expected}`;
  return new GatewayError('invalid_request', message, { param: name, details: [message] });
}
