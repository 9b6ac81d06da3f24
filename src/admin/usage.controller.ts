import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../auth/admin.guard.js';
import { Public } from '../auth/public.decorator.js';
import { ApiAdminAuth } from '../common/api.decorators.js';
import { Clock } from '../common/clock.js';
import { toUnavailable } from '../storage/to-unavailable.js';
import { UsageReader } from '../usage/usage-reader.js';
import { encodeCursor } from './cursor.js';
import { ApiUsageReport } from './usage.docs.js';
import { fromPlace, readUsageQuery } from './usage-query.js';
import { reportUsage, type UsageReport } from './usage-report.js';

/** What was used, from the sums. */
@ApiTags('admin')
@ApiAdminAuth()
@Public()
@UseGuards(AdminGuard)
@Controller('admin/usage')
export class UsageController {
  constructor(
    private readonly usage: UsageReader,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Requests, errors, tokens, cost and latencies over any groups' })
  @ApiUsageReport()
  async report(
    @Query() query: Record<string, unknown>,
  ): Promise<{ data: readonly UsageReport[]; next_cursor: string | null }> {
    const asked = readUsageQuery(query, this.clock.now());
    const { period, groups, after, limit } = asked;
    const { rows, next } = await this.usage.page(period, groups, after, limit).catch((error: unknown) => {
      throw toUnavailable(error);
    });
    return {
      data: rows.map((row) => reportUsage(row, groups)),
      next_cursor: next === undefined ? null : encodeCursor(fromPlace(asked, next)),
    };
  }
}
