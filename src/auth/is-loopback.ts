import { BlockList, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** @param address an IP address */
export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Whether a request comes from this machine itself. A request that a proxy passed on does not, whatever the address of
 * the proxy; nor does one that a web page of another origin makes a local browser send.
 */
export function isLoopbackRequest(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress;
  if (address === undefined || !isLoopbackAddress(address)) return false;
  const { headers } = request;
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  return headers['sec-fetch-site'] !== 'cross-site';
}
