/**
 * How a model is asked to think: Claude 3.7 to 4.5 by a token budget, later ones adaptively with an effort, earlier
 * ones not at all. https://docs.claude.com/en/docs/build-with-claude/extended-thinking
 */
export function thinkingStyle(model: string): 'adaptive' | 'budget' | 'none' {
  if (NEVER.test(model)) return 'none';
  return BY_BUDGET.test(model) ? 'budget' : 'adaptive';
}

const NEVER = /^claude-(?:instant|2|3-(?:opus|sonnet|haiku|5))/;
const BY_BUDGET = /^claude-(?:3-7|(?:opus|sonnet|haiku)-4(?:-[0-5](?!\d)|-20\d|$|@))/;
