import type { ReasoningSettings } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';

/** The smallest budget that Anthropic takes. */
const MIN_BUDGET = 1024;

const BUDGET_OF_EFFORT: Readonly<Record<string, number>> = {
  minimal: MIN_BUDGET,
  low: MIN_BUDGET,
  medium: 2048,
  high: 4096,
  xhigh: 8192,
  max: 16_384,
};

const EFFORT_OF_EFFORT: Readonly<Record<string, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
};

export interface MappedReasoning {
  readonly thinking?: JsonObject | undefined;
  /** `output_config.effort` */
  readonly effort?: string | undefined;
  readonly maxTokens: number;
  /** The target cannot think, or the length limit leaves no room for it. */
  readonly left: boolean;
}

export interface ReasoningContext {
  readonly traits: TargetTraits;
  /** The caller's own limit. */
  readonly maxTokens: number | undefined;
  readonly defaultMaxTokens: number;
  /** The caller's name of the setting, for messages. */
  readonly param: string;
}

/**
 * Turns effort or budget into what the target takes. A budget is kept below the length limit: by raising the limit
 * where the caller set none, by a smaller budget where an effort asked for it, which is no exact number anyway.
 * @throws GatewayError `unsupported_parameter` for unknown efforts, for effort and budget together, and for a budget
 * that the caller's own limit does not hold
 */
export function mapReasoning(
  reasoning: ReasoningSettings | undefined,
  context: ReasoningContext,
): MappedReasoning {
  const { traits, param } = context;
  const maxTokens = context.maxTokens ?? context.defaultMaxTokens;
  if (reasoning === undefined) return { maxTokens, left: false };
  const { effort, budgetTokens, mode } = reasoning;
  if (effort !== undefined && budgetTokens !== undefined) {
    throw refuse(`${param} gives both an effort and a budget; send one of them`, param);
  }
  if (effort !== undefined && effort !== 'none' && !Object.hasOwn(BUDGET_OF_EFFORT, effort)) {
    throw refuse(
      `${param} must be none, minimal, low, medium, high, xhigh or max, found "${effort.slice(0, 40)}"`,
      param,
    );
  }
  const style = traits.thinking ?? 'budget';
  if (effort === 'none' || mode === 'disabled' || budgetTokens === 0) {
    return { maxTokens, left: false, thinking: style === 'adaptive' ? { type: 'disabled' } : undefined };
  }
  if (effort === undefined && budgetTokens === undefined && mode === undefined)
    return { maxTokens, left: false };
  switch (style) {
    case 'none':
      return { maxTokens, left: true };
    case 'adaptive':
      return {
        maxTokens,
        left: false,
        thinking: { type: 'adaptive', display: toDisplay(reasoning.summary) },
        effort: effort === undefined ? toEffort(budgetTokens) : EFFORT_OF_EFFORT[effort],
      };
    case 'budget':
      return mapBudget(budgetTokens, BUDGET_OF_EFFORT[effort ?? 'medium'] ?? MIN_BUDGET, context);
  }
}

function mapBudget(exact: number | undefined, rough: number, context: ReasoningContext): MappedReasoning {
  const enable = (budget: number, maxTokens: number): MappedReasoning => ({
    thinking: { type: 'enabled', budget_tokens: budget },
    maxTokens,
    left: false,
  });
  const limit = context.maxTokens;
  if (limit === undefined) {
    const budget = exact ?? rough;
    return enable(budget, context.defaultMaxTokens + budget);
  }
  if (exact !== undefined) {
    if (exact < limit) return enable(exact, limit);
    throw refuse(
      `${context.param} asks for ${String(exact)} tokens of reasoning, which must be fewer than the limit of ${String(limit)} tokens`,
      context.param,
    );
  }
  if (limit <= MIN_BUDGET) return { maxTokens: limit, left: true };
  return enable(Math.min(rough, Math.max(MIN_BUDGET, Math.floor(limit / 2))), limit);
}

/** Adaptive models take no budget; these are the thresholds that other gateways have made common. */
function toEffort(budget: number | undefined): string | undefined {
  if (budget === undefined) return undefined;
  if (budget >= 10_000) return 'high';
  return budget >= 5000 ? 'medium' : 'low';
}

function toDisplay(summary: string | undefined): string | undefined {
  if (summary === undefined) return undefined;
  return summary === 'none' || summary === 'omitted' ? 'omitted' : 'summarized';
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param });
}
