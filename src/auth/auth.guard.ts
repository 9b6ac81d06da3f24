import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import { setCaller } from './caller-of.js';
import { GatewayKeys, KEYLESS_CALLER, type Caller } from './gateway-keys.js';
import { isLoopbackRequest } from './is-loopback.js';
import { keyStoreUnavailable } from './key-store.js';
import { readPresentedKey } from './presented-key.js';
import { IS_PUBLIC } from './public.decorator.js';

/** Lets in who has a gateway key; while there is none at all, callers on the same machine. */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly publicHandlers = new WeakMap<object, boolean>();

  constructor(
    private readonly reflector: Reflector,
    private readonly settings: SettingsHolder,
    private readonly keys: GatewayKeys,
  ) {}

  /** @throws GatewayError `invalid_api_key`, `loopback_only`, `key_store_unavailable` */
  canActivate(context: ExecutionContext): boolean {
    if (this.isPublic(context)) return true;
    const request = context.switchToHttp().getRequest<Request>();
    setCaller(request, this.identify(request));
    return true;
  }

  private isPublic(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    let isPublic = this.publicHandlers.get(handler);
    if (isPublic === undefined) {
      const targets = [handler, context.getClass()];
      isPublic = this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets) === true;
      this.publicHandlers.set(handler, isPublic);
    }
    return isPublic;
  }

  private identify(request: Request): Caller {
    const settings = this.settings.current;
    const secret = readPresentedKey(request.headers);
    const known = secret === undefined ? undefined : this.keys.find(settings, secret);
    if (known !== undefined) return known;
    if (settings.auth.mode === 'open') return KEYLESS_CALLER;
    const mayBeStored = secret !== undefined || settings.auth.keys.length === 0;
    if (mayBeStored && !this.keys.areLoaded) {
      throw keyStoreUnavailable(
        'The gateway keys cannot be read now, so nobody can tell whether this caller has one. Keys of the configuration work all the same',
      );
    }
    if (!this.keys.areConfigured(settings)) {
      if (isLoopbackRequest(request)) return KEYLESS_CALLER;
      throw new GatewayError(
        'loopback_only',
        'No gateway key is configured, so only callers on the same machine are served. Set GATEWAY_API_KEYS=name:secret (or auth.keys in the configuration file, or make a key by POST /admin/keys) and present the secret, or set auth.mode: open',
      );
    }
    throw new GatewayError('invalid_api_key', this.explain(secret));
  }

  private explain(secret: string | undefined): string {
    if (secret === undefined) {
      return 'No API key was sent. Send a gateway key as "Authorization: Bearer KEY", "x-api-key: KEY" or "api-key: KEY"';
    }
    return this.keys.explain(secret) ?? 'The API key is not known to this gateway';
  }
}
