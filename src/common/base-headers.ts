import type { IncomingMessage, ServerResponse } from 'node:http';
import { contextOf } from './request-context.js';

/** What keeps a browser from taking an answer for something else, or showing it in a page of somebody else. */
const SAFETY = [
  'x-content-type-options',
  'nosniff',
  'x-frame-options',
  'SAMEORIGIN',
  'referrer-policy',
  'no-referrer',
] as const;

/** The headers of every answer: names and values in turns, as `writeHead` takes them for the least. */
export function baseHeaders(request: IncomingMessage): string[] {
  const { requestId } = contextOf(request);
  const headers = ['x-request-id', requestId, ...SAFETY];
  // Where Anthropic's SDKs look for it.
  if (request.headers['anthropic-version'] !== undefined) headers.push('request-id', requestId);
  return headers;
}

/** Gives them to an answer that others add to. */
export function setBaseHeaders(request: IncomingMessage, response: ServerResponse): void {
  const headers = baseHeaders(request);
  for (let index = 0; index < headers.length; index += 2) {
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '');
  }
}

export function hasBaseHeaders(response: ServerResponse): boolean {
  return response.hasHeader('x-request-id');
}
