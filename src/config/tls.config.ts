import { TextKey } from './key.decorators.js';

/** Files in PEM. */
export class TlsConfig {
  @TextKey('A file with the certificates that may sign for it, in the place of the well-known ones.')
  ca?: string;

  @TextKey('A file with the certificate that the gateway shows, and those that sign for it.')
  cert?: string;

  @TextKey('A file with the private key of `cert`, without a passphrase.')
  key?: string;
}
