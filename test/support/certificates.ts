import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key: paths of PEM files, and their texts. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Signs certificates for two days, in a folder of its own. Needs openssl. */
export class CertificateAuthority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sluice-ca-'));
  private readonly own: Certificate;

  constructor() {
    this.own = this.make('ca', ['-addext', 'basicConstraints=critical,CA:TRUE']);
  }

  /** The file to trust. */
  get file(): string {
    return this.own.certFile;
  }

  get cert(): string {
    return this.own.cert;
  }

  /** @param names DNS names that it is for */
  sign(label: string, names: readonly string[]): Certificate {
    const alternatives = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join(',');
    return this.make(label, [
      ...['-CA', this.own.certFile, '-CAkey', this.own.keyFile],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=${alternatives}`],
    ]);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private make(label: string, options: readonly string[]): Certificate {
    const certFile = join(this.folder, `${label}.pem`);
    const keyFile = join(this.folder, `${label}.key`);
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-days', '2', '-subj', `/CN=${label}`, '-keyout', keyFile, '-out', certFile],
        ...options,
      ],
      { stdio: 'pipe' },
    );
    return {
      certFile,
      keyFile,
      cert: readFileSync(certFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    };
  }
}
