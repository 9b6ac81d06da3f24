import { Controller, Delete, HttpCode, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../auth/admin.guard.js';
import { Public } from '../auth/public.decorator.js';
import { AnswerCache } from '../cache/answer-cache.js';
import { ApiAdminAuth } from '../common/api.decorators.js';

/** Drops what the cache keeps. */
@ApiTags('admin')
@ApiAdminAuth()
@Public()
@UseGuards(AdminGuard)
@Controller('admin/cache')
export class CacheController {
  constructor(private readonly cache: AnswerCache) {}

  @Delete()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Drops all cached answers and vectors, at every replica',
    description:
      '`everywhere` is false while Redis is configured and away: the other replicas then drop theirs as soon as it is back.',
  })
  @ApiResponse({ status: 200, schema: { type: 'object', properties: { everywhere: { type: 'boolean' } } } })
  async clear(): Promise<{ everywhere: boolean }> {
    return { everywhere: await this.cache.clear() };
  }
}
