import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AdminKey } from './admin-key.js';
import { AuthGuard } from './auth.guard.js';
import { StorageModule } from '../storage/storage.module.js';
import { GatewayKeys } from './gateway-keys.js';
import { KeyStore } from './key-store.js';
import { StoredKeys } from './stored-keys.js';

@Module({
  imports: [StorageModule],
  providers: [AdminKey, GatewayKeys, KeyStore, StoredKeys, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [AdminKey, KeyStore, StoredKeys],
})
export class AuthModule {}
