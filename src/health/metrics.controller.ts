import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AdminKey } from '../auth/admin-key.js';
import { Public } from '../auth/public.decorator.js';
import { GatewayError } from '../contract/gateway-error.js';
import { Exposition, EXPOSITION_TYPE } from '../telemetry/metrics/exposition.js';

@ApiTags('health')
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly exposition: Exposition,
    private readonly adminKey: AdminKey,
  ) {}

  /** @throws GatewayError `invalid_api_key` with `public_operations: false` and without the admin key */
  @Get()
  @ApiOperation({ summary: "Metrics in Prometheus' text format" })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  async metrics(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.adminKey.maySeeOperations(request)) {
      throw new GatewayError(
        'invalid_api_key',
        'auth.public_operations is off: the metrics need the admin key',
      );
    }
    const text = await this.exposition.write();
    response.setHeader('content-type', EXPOSITION_TYPE);
    response.setHeader('cache-control', 'no-store');
    response.end(text);
  }
}
