import type { ReasoningSettings } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import type { TargetTraits } from '../../contract/wire-format.js';

/** Google's own table of its OpenAI-compatible surface: https://ai.google.dev/gemini-api/docs/openai#thinking */
const BUDGET_OF_EFFORT: Readonly<Record<string, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

/** The least that models take which cannot do without. */
const LEAST_BUDGET = 128;

const LEVELS: readonly string[] = ['low', 'medium', 'high'];

export interface MappedReasoning {
  readonly thinkingConfig?: JsonObject | undefined;
  /** The target cannot do what was asked for, or not all of it. */
  readonly left: boolean;
}

/**
 * Turns effort or budget into `thinkingConfig`: a level for Gemini 3 and later, a budget for 2.5.
 * https://ai.google.dev/gemini-api/docs/thinking
 * @throws GatewayError `unsupported_parameter` for unknown efforts and for effort and budget together
 */
export function mapReasoning(
  reasoning: ReasoningSettings | undefined,
  traits: TargetTraits,
  param: string,
): MappedReasoning {
  if (reasoning === undefined) return { left: false };
  const { effort, budgetTokens, mode, summary } = reasoning;
  if (effort !== undefined && budgetTokens !== undefined)
    throw refuse(`${param} gives both an effort and a budget; send one of them`, param);
  if (effort !== undefined && effort !== 'none' && !Object.hasOwn(BUDGET_OF_EFFORT, effort)) {
    throw refuse(
      `${param} must be none, minimal, low, medium, high, xhigh or max, found "${effort.slice(0, 40)}"`,
      param,
    );
  }
  const style = traits.thinking ?? 'adaptive';
  const off = effort === 'none' || mode === 'disabled' || budgetTokens === 0;
  if (!off && effort === undefined && budgetTokens === undefined && mode === undefined)
    return { left: false };
  if (style === 'none') return { left: !off };
  const levels = traits.effortLevels ?? LEVELS;
  if (off) {
    if (style === 'adaptive') return { left: true, thinkingConfig: { thinkingLevel: levels[0] } };
    const canStop = traits.reasoningOff !== false;
    return { left: !canStop, thinkingConfig: { thinkingBudget: canStop ? 0 : LEAST_BUDGET } };
  }
  const includeThoughts = summary !== 'none' && summary !== 'omitted';
  const amount =
    style === 'adaptive'
      ? { thinkingLevel: toLevel(effort ?? toEffort(budgetTokens), levels) }
      : { thinkingBudget: budgetTokens ?? (effort === undefined ? -1 : BUDGET_OF_EFFORT[effort]) };
  return { left: false, thinkingConfig: { includeThoughts, ...amount } };
}

/** Levels take no budget; these are the thresholds that other gateways have made common. */
function toEffort(budget: number | undefined): string | undefined {
  if (budget === undefined) return undefined;
  if (budget >= 10_000) return 'high';
  return budget >= 5000 ? 'medium' : 'low';
}

/** The level of that name, else the nearest one: efforts above `high` are `high`, below the lowest are the lowest. */
function toLevel(effort: string | undefined, levels: readonly string[]): string | undefined {
  if (effort === undefined || levels.includes(effort)) return effort;
  return effort === 'minimal' || effort === 'low' ? levels[0] : levels.at(-1);
}

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('unsupported_parameter', message, { param });
}
