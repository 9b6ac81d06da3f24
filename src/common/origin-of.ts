import type { IncomingMessage } from 'node:http';

const WELL_FORMED_HOST = /^[\w.-]{1,255}(?::\d{1,5})?$|^\[[\da-f:.]{2,45}\](?::\d{1,5})?$/i;

/** The address that the caller reached this server under, as far as it can be told; without a slash at the end. */
export function originOf({ headers }: IncomingMessage): string {
  const { host = '' } = headers;
  if (!WELL_FORMED_HOST.test(host)) return "http://<this server's address>";
  return `${headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'}://${host}`;
}
