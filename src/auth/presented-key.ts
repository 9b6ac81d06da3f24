import type { IncomingHttpHeaders } from 'node:http';

const BEARER = /^bearer\s+(\S+)\s*$/i;

/** The key that a request presents in `authorization`, `x-api-key` or `api-key`, in this order. */
export function readPresentedKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = headers.authorization === undefined ? null : BEARER.exec(headers.authorization);
  return bearer?.[1] ?? readHeader(headers['x-api-key']) ?? readHeader(headers['api-key']);
}

function readHeader(value: string | string[] | undefined): string | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  return text === '' ? undefined : text;
}
