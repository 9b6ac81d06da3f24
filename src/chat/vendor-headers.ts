import type { IncomingHttpHeaders } from 'node:http';

/** Headers that change what a vendor of the caller's own format answers. No other header of a caller's goes on. */
const FORWARDED = ['anthropic-version', 'anthropic-beta'] as const;

export function readVendorHeaders(headers: IncomingHttpHeaders): Record<string, string> | undefined {
  let found: Record<string, string> | undefined;
  for (const name of FORWARDED) {
    const value = headers[name];
    if (typeof value === 'string') found = { ...found, [name]: value };
  }
  return found;
}
