import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { GatewayError } from '../contract/gateway-error.js';
import { AdminKey } from './admin-key.js';

/** Lets in who presents `GATEWAY_ADMIN_KEY`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly key: AdminKey) {}

  /** @throws GatewayError `admin_disabled`, `invalid_api_key` */
  canActivate(context: ExecutionContext): boolean {
    if (!this.key.isSet) {
      throw new GatewayError(
        'admin_disabled',
        'The admin API is closed because no admin key is configured. Set GATEWAY_ADMIN_KEY and present it as "Authorization: Bearer KEY"',
      );
    }
    if (!this.key.isPresentedBy(context.switchToHttp().getRequest<Request>())) {
      throw new GatewayError('invalid_api_key', 'The admin key is missing or wrong');
    }
    return true;
  }
}
