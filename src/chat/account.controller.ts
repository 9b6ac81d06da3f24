import { Controller, Get, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { callerOf } from '../auth/caller-of.js';
import { ApiKeyAuth } from '../common/api.decorators.js';
import { Clock } from '../common/clock.js';
import { GatewayError } from '../contract/gateway-error.js';
import { KeyCosts, type DayCost } from '../usage/key-costs.js';
import { AccountService, type KeyAccount } from './account.service.js';

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 100;
const NANO_PER_CENT = 1e7;
/** What clients show as "no limit"; they cannot read `null`. */
const NO_LIMIT_USD = 100_000_000;

/** What a caller may know of its own key; and the same as clients of OpenAI's old billing pages ask for it. */
@ApiTags('account')
@ApiKeyAuth()
@Controller()
export class AccountController {
  constructor(
    private readonly account: AccountService,
    private readonly costs: KeyCosts,
    private readonly clock: Clock,
  ) {}

  @Get('v1/key')
  @ApiOperation({
    summary: "The caller's own key: its limits and what it has spent",
    description:
      '`label`, `usage`, `limit`, `limit_remaining`, `limit_reset` and `rate_limit` are named as OpenRouter names them. Money is in US dollars; `null` is no limit.',
  })
  async key(@Req() request: Request): Promise<{ data: KeyAccount }> {
    return { data: await this.account.of(callerOf(request)) };
  }

  @Get(['v1/dashboard/billing/subscription', 'dashboard/billing/subscription'])
  @ApiOperation({ summary: "The caller's budget, as OpenAI's billing page once told it" })
  async subscription(@Req() request: Request): Promise<object> {
    const { limit, limit_reset: reset } = await this.account.of(callerOf(request));
    const usd = limit ?? NO_LIMIT_USD;
    return {
      object: 'billing_subscription',
      has_payment_method: true,
      soft_limit_usd: usd,
      hard_limit_usd: usd,
      system_hard_limit_usd: usd,
      access_until: reset === null ? 0 : Math.floor(Date.parse(reset) / 1_000),
    };
  }

  @Get(['v1/dashboard/billing/usage', 'dashboard/billing/usage'])
  @ApiOperation({
    summary: "What the caller's key spent, in US cents, as OpenAI's billing page once told it",
  })
  @ApiQuery({ name: 'start_date', required: false, type: String, description: 'Such as 2026-01-01' })
  @ApiQuery({
    name: 'end_date',
    required: false,
    type: String,
    description: 'The first day that is out, such as 2026-02-01',
  })
  async usage(
    @Req() request: Request,
    @Query('start_date') start?: string,
    @Query('end_date') end?: string,
  ): Promise<object> {
    const now = this.clock.now();
    const to = readDate('end_date', end) ?? now - (now % DAY_MS) + DAY_MS;
    const from = readDate('start_date', start) ?? to - DAYS_SHOWN * DAY_MS;
    const { keyId } = callerOf(request);
    const rows = await this.costs.byDay(keyId ?? '', from, to);
    return {
      object: 'list',
      total_usage: rows.reduce((sum, { costNano }) => sum + costNano, 0) / NANO_PER_CENT,
      daily_costs: [...Map.groupBy(rows, ({ day }) => day)].map(([day, costs]) => ({
        timestamp: day / 1_000,
        line_items: costs.map(toLineItem),
      })),
    };
  }
}

function toLineItem({ model, costNano }: DayCost): { name: string; cost: number } {
  return { name: model, cost: costNano / NANO_PER_CENT };
}

/** @throws GatewayError `invalid_request` */
function readDate(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) {
    throw new GatewayError(
      'invalid_request',
      `${name}: found ${JSON.stringify(text)}, expected a date such as 2026-01-31`,
      { param: name },
    );
  }
  return time;
}
