import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { environment } from '../config/environment.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { readPresentedKey } from './presented-key.js';

/** The key of the admin API, kept as a hash. */
@Injectable()
export class AdminKey {
  private readonly hash: Buffer | undefined;

  constructor(
    @Inject(environment.KEY) { adminKey }: ConfigType<typeof environment>,
    private readonly settings: SettingsHolder,
  ) {
    this.hash = adminKey === undefined ? undefined : sha256(adminKey);
  }

  get isSet(): boolean {
    return this.hash !== undefined;
  }

  isPresentedBy(request: IncomingMessage): boolean {
    const presented = readPresentedKey(request.headers);
    if (this.hash === undefined || presented === undefined) return false;
    return timingSafeEqual(this.hash, sha256(presented));
  }

  /** Whether the request may see how the gateway runs: docs, metrics, and the details of `/health`. */
  maySeeOperations(request: IncomingMessage): boolean {
    return this.settings.current.auth.publicOperations || this.isPresentedBy(request);
  }
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
