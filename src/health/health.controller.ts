import { Controller, Get, HttpCode, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, type HealthCheckResult, type HealthIndicatorResult } from '@nestjs/terminus';
import type { Request, Response } from 'express';
import { AdminKey } from '../auth/admin-key.js';
import { Public } from '../auth/public.decorator.js';
import { Load } from '../telemetry/load.js';
import type { State } from '../routing/provider-states.js';
import { ProviderHealth } from './provider-health.js';
import { ProviderReports } from './provider-reports.js';
import { StorageHealth } from './storage-health.js';

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly providers: ProviderHealth,
    private readonly storage: StorageHealth,
    private readonly reports: ProviderReports,
    private readonly load: Load,
    private readonly adminKey: AdminKey,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every provider, as real traffic saw it, the database and Redis; calls nobody' })
  @ApiResponse({ status: 200, description: 'At least one provider is usable' })
  @ApiResponse({ status: 503, description: 'No provider is usable' })
  async health(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Partial<HealthCheckResult>> {
    response.setHeader('cache-control', 'no-store');
    const reports = this.reports.all();
    if (reports.size === 0) {
      response.status(503);
      return { status: 'error', info: {}, error: {}, details: {} };
    }
    const isServing = [...reports.values()].some((report) => report.healthy);
    if (!this.adminKey.maySeeOperations(request)) {
      response.status(isServing ? 200 : 503);
      return { status: isServing ? 'ok' : 'error' };
    }
    const checks = [...reports].map(
      ([name, report]) =>
        (): HealthIndicatorResult =>
          this.providers.indicate(name, report, isServing),
    );
    const statuses = new Map([...reports].map(([name, { status }]) => [name, status]));
    for (const part of this.storage.parts) {
      checks.push(() => part.indicate());
      statuses.set(part.name, part.status);
    }
    const result = await this.terminus.check(checks);
    return withTrueStatus(result, statuses);
  }

  @Get('live')
  @HttpCode(200)
  @ApiOperation({ summary: 'Liveness: the event loop turns' })
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'Readiness: configured, and not shutting down' })
  @ApiResponse({ status: 200, description: 'Ready for traffic' })
  @ApiResponse({ status: 503, description: 'Shutting down, or no target is configured' })
  ready(@Res({ passthrough: true }) response: Response): { status: string; reason?: string } {
    if (this.load.isDraining) {
      response.status(503);
      return { status: 'error', reason: 'shutting down' };
    }
    if (!this.reports.hasAny) {
      response.status(503);
      return { status: 'error', reason: 'no target is configured' };
    }
    return { status: 'ok' };
  }
}

function withTrueStatus(result: HealthCheckResult, statuses: ReadonlyMap<string, State>): HealthCheckResult {
  const details = { ...result.details };
  for (const [name, status] of statuses) {
    const detail = details[name];
    if (detail !== undefined) details[name] = { ...detail, status };
  }
  return { ...result, details };
}
