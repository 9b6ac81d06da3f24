import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AdminModule } from './admin/admin.module.js';
import { AuthModule } from './auth/auth.module.js';
import { ChatModule } from './chat/chat.module.js';
import { CommonModule } from './common/common.module.js';
import { GatewayExceptionFilter } from './common/gateway-exception.filter.js';
import { GatewayConfigModule } from './config/config.module.js';
import { DocsPages } from './docs.js';
import { HealthModule } from './health/health.module.js';
import { RootController } from './root.controller.js';
import { ServerModule } from './server/server.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';

@Module({
  imports: [
    GatewayConfigModule,
    CommonModule,
    TelemetryModule,
    AuthModule,
    ChatModule,
    HealthModule,
    AdminModule,
    ServerModule,
  ],
  controllers: [RootController],
  providers: [{ provide: APP_FILTER, useClass: GatewayExceptionFilter }, DocsPages],
})
export class AppModule {}
