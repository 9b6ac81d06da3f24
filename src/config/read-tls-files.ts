import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { ConfigDocument } from './config-document.js';
import type { ConfigPath } from './config-path.js';
import type { TlsSettings } from './gateway-settings.js';
import type { TlsConfig } from './tls.config.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the files that `tls` of a provider names, and reports what is wrong with them.
 *
 * @param readFile gives undefined when there is no such file
 */
export function readTlsFiles(
  tls: Partial<TlsConfig> | undefined,
  path: ConfigPath,
  document: ConfigDocument,
  readFile: (path: string) => string | undefined,
): TlsSettings | undefined {
  if (tls === undefined) return undefined;
  const read = (name: keyof TlsConfig): string | undefined => {
    const file = tls[name];
    if (file === undefined) return undefined;
    const place = [...path, name];
    try {
      const text = readFile(file);
      if (text === undefined) document.report(place, 'the path of a file', `"${file}", which is not there`);
      return text;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      document.report(place, 'a readable file', `a file that cannot be read (${reason})`);
      return undefined;
    }
  };
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [given, missing] = tls.key === undefined ? ['cert', 'key'] : ['key', 'cert'];
    document.report(path, '`cert` and `key` together', `\`${given}\` without \`${missing}\``);
  }
  const material = { ca: read('ca'), cert: read('cert'), key: read('key') };
  check(material, tls, path, document);
  return material;
}

function check(
  { ca, cert, key }: TlsSettings,
  tls: Partial<TlsConfig>,
  path: ConfigPath,
  document: ConfigDocument,
): void {
  const report = (name: keyof TlsConfig, expected: string): void => {
    document.report([...path, name], expected, `"${tls[name] ?? ''}"`);
  };
  if (ca !== undefined && !hasCertificates(ca)) report('ca', 'a file with certificates in PEM');
  const isCertificate = cert !== undefined && hasCertificates(cert);
  if (cert !== undefined && !isCertificate) report('cert', 'a file with a certificate in PEM');
  const secret = key === undefined ? undefined : toPrivateKey(key);
  if (key !== undefined && secret === undefined) {
    report('key', 'a file with a private key in PEM, without a passphrase');
  }
  if (!isCertificate || secret === undefined) return;
  if (!new X509Certificate(cert).checkPrivateKey(secret)) {
    report('key', 'the private key of the certificate in `cert`');
    return;
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    // Such as a key that is too short for OpenSSL.
    report('cert', `a certificate that OpenSSL takes (${error instanceof Error ? error.message : ''})`);
  }
}

function hasCertificates(text: string): boolean {
  const blocks = text.match(CERTIFICATE) ?? [];
  return blocks.length > 0 && blocks.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function toPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
