import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard.js';
import { GatewayKeys } from './gateway-keys.js';

@Module({
  providers: [GatewayKeys, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [GatewayKeys],
})
export class AuthModule {}
