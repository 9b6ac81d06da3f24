import { Controller, Get, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../auth/admin.guard.js';
import { Public } from '../auth/public.decorator.js';
import { ApiAdminAuth } from '../common/api.decorators.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { ProviderEndpoint } from '../providers/provider-endpoint.js';
import { reachableModels } from '../routing/list-models.js';
import { ProviderStates } from '../routing/provider-states.js';
import { ProviderStats } from '../routing/provider-stats.js';
import { RestBook } from '../routing/rest-book.js';
import { RouteTable, type Routes } from '../routing/route-table.js';
import { TargetMeter } from '../routing/target-meter.js';
import { reportTarget, type TargetReport } from './target-report.js';

/** Every provider, model and key: what state it is in, and the hand that changes it. */
@ApiTags('admin')
@ApiAdminAuth()
@Public()
@UseGuards(AdminGuard)
@Controller('admin/targets')
export class TargetsController {
  constructor(
    private readonly settings: SettingsHolder,
    private readonly routes: RouteTable,
    private readonly book: RestBook,
    private readonly states: ProviderStates,
    private readonly meter: TargetMeter,
    private readonly stats: ProviderStats,
  ) {}

  @Get()
  @ApiOperation({ summary: 'State, reason, times and figures of every provider, model and key' })
  list(): { data: readonly TargetReport[]; next_cursor: null } {
    const data = [...this.current.endpoints.values()].map((endpoint) => this.report(endpoint));
    return { data, next_cursor: null };
  }

  @Post(':provider/reset')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ends every rest of the provider; what was disabled by hand stays disabled' })
  @ApiParam({ name: 'provider', type: String, example: 'deepseek' })
  @ApiResponse({ status: 404, description: 'No such provider' })
  reset(@Param('provider') name: string): TargetReport {
    const endpoint = this.find(name);
    this.book.reset(name);
    return this.report(endpoint);
  }

  @Post(':provider/disable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Takes the provider out until it is enabled by hand' })
  @ApiParam({ name: 'provider', type: String, example: 'deepseek' })
  @ApiResponse({ status: 404, description: 'No such provider' })
  disable(@Param('provider') name: string): TargetReport {
    const endpoint = this.find(name);
    this.book.disable(name);
    return this.report(endpoint);
  }

  @Post(':provider/enable')
  @HttpCode(200)
  @ApiOperation({ summary: 'Puts a disabled provider back' })
  @ApiParam({ name: 'provider', type: String, example: 'deepseek' })
  @ApiResponse({ status: 404, description: 'No such provider' })
  enable(@Param('provider') name: string): TargetReport {
    const endpoint = this.find(name);
    this.book.enable(name);
    return this.report(endpoint);
  }

  private report(endpoint: ProviderEndpoint): TargetReport {
    const figures = {
      lastFail: this.stats.lastFail(endpoint.name),
      medianLatency: this.stats.medianLatency(endpoint.name),
    };
    const models = reachableModels(endpoint, this.current);
    return reportTarget(endpoint, this.states.of(endpoint, models), this.meter, figures);
  }

  private find(name: string): ProviderEndpoint {
    const endpoint = this.current.endpoints.get(name);
    if (endpoint === undefined) {
      const known = [...this.current.endpoints.keys()].join(', ');
      throw new GatewayError(
        'not_found',
        `There is no provider ${JSON.stringify(name)}; there are: ${known}`,
      );
    }
    return endpoint;
  }

  private get current(): Routes {
    return this.routes.routesOf(this.settings.current);
  }
}
