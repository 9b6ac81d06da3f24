import type { ProxyAddress } from './proxy-address.js';

/** PEM texts. */
export interface TlsMaterial {
  /** Who is trusted to sign for the vendor, in the place of those whom Node trusts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** How sockets to one vendor are made. */
export interface ConnectionSettings {
  readonly connectTimeoutMs: number;
  readonly allowLinkLocal: boolean;
  /** No request goes out on a connection that is older. */
  readonly maxAgeMs: number;
  readonly tls?: TlsMaterial | undefined;
  /** Absent: the vendor is called directly. */
  readonly proxy?: ProxyAddress | undefined;
}
