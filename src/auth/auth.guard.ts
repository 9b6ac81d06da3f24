import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import { setCaller } from './caller-of.js';
import { GatewayKeys, KEYLESS_CALLER, type Caller } from './gateway-keys.js';
import { isLoopbackRequest } from './is-loopback.js';
import { readPresentedKey } from './presented-key.js';
import { IS_PUBLIC } from './public.decorator.js';

/** Lets in who has a gateway key; without any key configured, callers on the same machine. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly settings: SettingsHolder,
    private readonly keys: GatewayKeys,
  ) {}

  /** @throws GatewayError `invalid_api_key`, `loopback_only` */
  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(IS_PUBLIC, targets) === true) return true;
    const request = context.switchToHttp().getRequest<Request>();
    setCaller(request, this.identify(request));
    return true;
  }

  private identify(request: Request): Caller {
    const settings = this.settings.current;
    const secret = readPresentedKey(request.headers);
    const known = secret === undefined ? undefined : this.keys.find(settings, secret);
    if (known !== undefined) return known;
    if (settings.auth.mode === 'open') return KEYLESS_CALLER;
    if (settings.auth.keys.length === 0) {
      if (isLoopbackRequest(request)) return KEYLESS_CALLER;
      throw new GatewayError(
        'loopback_only',
        'No gateway key is configured, so only callers on the same machine are served. Set GATEWAY_API_KEYS=name:secret (or auth.keys in the configuration file) and present the secret, or set auth.mode: open',
      );
    }
    throw new GatewayError(
      'invalid_api_key',
      secret === undefined
        ? 'No API key was sent. Send a gateway key as "Authorization: Bearer KEY", "x-api-key: KEY" or "api-key: KEY"'
        : 'The API key is not known to this gateway',
    );
  }
}
