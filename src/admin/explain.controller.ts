import { Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { AdminGuard } from '../auth/admin.guard.js';
import { Public } from '../auth/public.decorator.js';
import { ApiAdminAuth } from '../common/api.decorators.js';
import { Clock } from '../common/clock.js';
import { readBody } from '../common/read-body.js';
import { readJsonBody } from '../common/read-json-body.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { toDollars } from '../contract/to-dollars.js';
import { mayBindReasoning, type ChatRequest } from '../contract/chat-request.js';
import { OPENAI_CHAT_INBOUND } from '../formats/openai-chat/openai-chat.format.js';
import { readSession, recognise } from '../routing/affinity.js';
import { fitPlan } from '../routing/fit-plan.js';
import { listDropped } from '../routing/list-dropped.js';
import type { Plan } from '../routing/plan.js';
import { Planner } from '../routing/planner.js';
import { RestBook } from '../routing/rest-book.js';
import { describeRest } from '../routing/route-failure.js';
import { estimateTokens } from '../usage/estimate-tokens.js';
import { PriceBook, toPricedTarget } from '../usage/price-book.js';

/** One candidate of the plan. */
export interface ExplainedCandidate {
  readonly provider: string;
  readonly model: string;
  readonly key_hint: string | null;
  /** `first`: would be asked; `later`: only if those before it fail; `skipped`: would not be asked now. */
  readonly place: 'first' | 'later' | 'skipped';
  readonly reason: string;
  /** For a prompt of this length and an answer of the usual one; `null` where no price is known. */
  readonly estimated_cost_usd: number | null;
}

/** Says what a request would do, without doing it. */
@ApiTags('admin')
@ApiAdminAuth()
@Public()
@UseGuards(AdminGuard)
@Controller('admin/explain')
export class ExplainController {
  constructor(
    private readonly settings: SettingsHolder,
    private readonly planner: Planner,
    private readonly book: RestBook,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'The plan of a chat request: every candidate in order and why it is there; calls nobody',
  })
  @ApiBody({
    schema: { type: 'object', required: ['messages'], additionalProperties: true },
    examples: {
      plain: {
        summary: 'The default route',
        value: { model: 'auto', messages: [{ role: 'user', content: 'Hello' }] },
      },
    },
  })
  async explain(
    @Req() request: Request,
  ): Promise<{ readonly data: readonly ExplainedCandidate[]; readonly next_cursor: null }> {
    const text = await readBody(request, this.settings.current.server.bodyLimitBytes);
    const json = readJsonBody(text);
    const asked = OPENAI_CHAT_INBOUND.decodeRequest({ format: OPENAI_CHAT_INBOUND.name, text, json });
    const usage = estimateTokens(asked);
    const planned = this.planner.plan(
      asked,
      {
        allowedModels: ['*'],
        isBound: () => mayBindReasoning(asked),
        recognise: () => recognise(asked, '', readSession(request.headers)),
        costOf: (target) => this.prices.costOf(toPricedTarget(target), target.model, usage),
        pricesOf: (target) => this.prices.perMillion(toPricedTarget(target)),
        droppedBy: (target) => listDropped(asked, target),
        take: false,
      },
      this.settings.current,
    );
    const plan = fitPlan(planned, asked);
    return { data: this.describe(plan, asked), next_cursor: null };
  }

  private describe(plan: Plan, asked: ChatRequest): readonly ExplainedCandidate[] {
    const now = this.clock.steady();
    const usage = estimateTokens(asked);
    let hasFirst = false;
    const callable = plan.candidates.map((candidate): ExplainedCandidate => {
      const rest = this.book.blocking(candidate);
      const place = rest !== undefined ? 'skipped' : hasFirst ? 'later' : 'first';
      if (place === 'first') hasFirst = true;
      const cost = this.prices.costOf(toPricedTarget(candidate), candidate.model, usage);
      const why = plan.reasons.get(candidate.ids['key-model']) ?? '';
      return {
        provider: candidate.provider,
        model: candidate.model,
        key_hint: candidate.key.hint,
        place,
        reason: rest === undefined ? why : `${describeRest(rest, now)}; ${why}`,
        estimated_cost_usd: toDollars(cost),
      };
    });
    const unusable = plan.unusable.map(({ provider, reason }): ExplainedCandidate => ({
      provider,
      model: '',
      key_hint: null,
      place: 'skipped',
      reason,
      estimated_cost_usd: null,
    }));
    return [...callable, ...unusable];
  }
}
