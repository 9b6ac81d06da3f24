/**
 * `max_tokens` is mandatory at Anthropic. A caller that gives none expects the model to speak until it is done, so the
 * default is the most that the model family takes, bounded where the vendor demands streaming for long answers.
 * https://docs.claude.com/en/docs/about-claude/models/overview
 */
export function maxOutputTokens(model: string): number {
  for (const [pattern, tokens] of LIMITS) if (pattern.test(model)) return tokens;
  return NEWER_MODELS;
}

const NEWER_MODELS = 16_384;

const LIMITS: readonly (readonly [RegExp, number])[] = [
  [/^claude-(?:instant|2|3-(?:opus|sonnet|haiku))/, 4096],
  [/^claude-3-5/, 8192],
];
