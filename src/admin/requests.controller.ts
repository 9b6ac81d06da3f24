import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../auth/admin.guard.js';
import { Public } from '../auth/public.decorator.js';
import { ApiAdminAuth } from '../common/api.decorators.js';
import { GatewayError } from '../contract/gateway-error.js';
import { toUnavailable } from '../storage/to-unavailable.js';
import { RequestReader } from '../usage/request-reader.js';
import { encodeCursor } from './cursor.js';
import { fromPosition, readRequestQuery } from './request-query.js';
import { reportRequest, type RequestReport } from './request-report.js';
import { ApiRequestDetails, ApiRequestList } from './requests.docs.js';

/** The request log. */
@ApiTags('admin')
@ApiAdminAuth()
@Public()
@UseGuards(AdminGuard)
@Controller('admin/requests')
export class RequestsController {
  constructor(private readonly requests: RequestReader) {}

  @Get()
  @ApiOperation({ summary: 'The request log, newest first' })
  @ApiRequestList()
  async list(
    @Query() query: Record<string, unknown>,
  ): Promise<{ data: readonly RequestReport[]; next_cursor: string | null }> {
    const { filter, after, limit } = readRequestQuery(query);
    const { rows, next } = await this.requests.page(filter, after, limit).catch(failed);
    return {
      data: rows.map(reportRequest),
      next_cursor: next === undefined ? null : encodeCursor(fromPosition(next)),
    };
  }

  @Get(':id')
  @ApiOperation({
    summary: 'One request: attempts, timings, tokens, cost, and its bodies where they are kept',
  })
  @ApiParam({ name: 'id', type: String, description: 'Its `x-request-id`; of several, the newest' })
  @ApiRequestDetails()
  async find(@Param('id') id: string): Promise<RequestReport> {
    const found = await this.requests.find(id).catch(failed);
    if (found === undefined) {
      throw new GatewayError('not_found', `The log has no request ${JSON.stringify(id)}`, { param: 'id' });
    }
    const { row, bodies } = found;
    return bodies === undefined ? reportRequest(row) : { ...reportRequest(row), bodies };
  }
}

function failed(error: unknown): never {
  throw toUnavailable(error);
}
