import { BlockList, isIP } from 'node:net';

/**
 * Whether a list as in `NO_PROXY` lets this URL go around the proxy, as curl reads it: names between commas or spaces,
 * each with all names below it, a dot before it or not; addresses and ranges of them (`10.0.0.0/8`); `*` for
 * everything. A port (`intern.example:8443`, `[::1]:8080`) limits an entry to it.
 */
export function goesDirect(url: string, list: string): boolean {
  const { hostname, port, protocol } = new URL(url);
  const host = withoutBrackets(hostname).replace(/\.$/, '');
  const targetPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const { name, port: onlyPort } = splitEntry(entry.toLowerCase());
      return (onlyPort === undefined || onlyPort === targetPort) && covers(name, host);
    });
}

function splitEntry(entry: string): { readonly name: string; readonly port: string | undefined } {
  // More than one colon without brackets is an IPv6 address.
  const [, name = entry, port] = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: withoutBrackets(name), port };
}

function covers(entry: string, host: string): boolean {
  if (entry === '*') return true;
  const [address = '', bits] = entry.split('/');
  if (isIP(address) !== 0) return isIP(host) !== 0 && isInRange(host, address, bits);
  const name = entry.replace(/^\*?\./, '').replace(/\.$/, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function isInRange(host: string, address: string, bits: string | undefined): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (!(prefix <= most)) return false;
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return range.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

function withoutBrackets(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1');
}
