import { BlockList, isIP, isIPv6 } from 'node:net';
import { lookup as lookupAddress, type LookupAddress, type LookupOptions } from 'node:dns';

/** Link-local ranges and the addresses at which clouds serve their instances' credentials. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addAddress('168.63.129.16', 'ipv4');
FORBIDDEN.addAddress('192.0.0.192', 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('fd20:ce::254', 'ipv6');

/** Thrown in the place of a connection to an address that must not be called. */
export class ForbiddenAddressError extends Error {
  readonly code = 'ERR_FORBIDDEN_ADDRESS';

  constructor(address: string) {
    super(`${address} is a link-local or metadata address; allow_link_local: true permits it`);
  }
}

/** Whether the literal IP address is link-local or a metadata service. IPv4 addresses mapped into IPv6 are seen through. */
export function isForbiddenAddress(address: string): boolean {
  return FORBIDDEN.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** @throws ForbiddenAddressError when the URL's host is itself a forbidden address (then no look-up takes place). */
export function assertPermittedHost(hostname: string): void {
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(literal) !== 0 && isForbiddenAddress(literal)) throw new ForbiddenAddressError(literal);
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/**
 * `dns.lookup` that refuses names which resolve to a forbidden address. The check sits in the look-up of the
 * connection itself, so that a name cannot resolve to one address for the check and to another for the connection.
 */
export function guardedLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookupAddress(hostname, options, (error, address, family) => {
    if (error === null) {
      const addresses = typeof address === 'string' ? [address] : address.map((entry) => entry.address);
      const forbidden = addresses.find(isForbiddenAddress);
      if (forbidden !== undefined) {
        callback(new ForbiddenAddressError(forbidden), address, family);
        return;
      }
    }
    callback(error, address, family);
  });
}
