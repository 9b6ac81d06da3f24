import { hash, randomBytes } from 'node:crypto';

/** A new secret of a gateway key, with what is kept of it. */
export interface NewSecret {
  /** Shown once and kept nowhere. */
  readonly secret: string;
  readonly hash: string;
  /** Its last four characters. */
  readonly hint: string;
}

/** SHA-256 in hexadecimal digits. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** 256 random bits, so that a plain hash is enough to keep: nobody can try them all. */
export function makeSecret(): NewSecret {
  const secret = `sk-sluice-${randomBytes(32).toString('base64url')}`;
  return { secret, hash: hashSecret(secret), hint: secret.slice(-4) };
}
