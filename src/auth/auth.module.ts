import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AdminKey } from './admin-key.js';
import { AuthGuard } from './auth.guard.js';
import { GatewayKeys } from './gateway-keys.js';

@Module({
  providers: [AdminKey, GatewayKeys, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [AdminKey],
})
export class AuthModule {}
