/**
 * Models that reason before they answer without being asked to, by the names under which gateways and local servers
 * serve them. A name that is missing here costs at most the patience of `first_token_timeout`.
 */
const FAMILIES = [
  String.raw`o[1-9](?:-(?!.*audio)|$)`,
  String.raw`gpt-(?:[5-9]|\d\d)(?!.*-chat)`,
  'gpt-oss',
  'deepseek-(?:reasoner|r\\d)',
  'qwq',
  'qvq',
  'magistral',
  'grok-(?:3-mini|4(?!.*non-reasoning))',
  'gemini-(?:2\\.5(?!-flash-lite)|[3-9])',
  'glm-(?:4\\.[5-9]|[5-9]|z1)',
  'kimi-(?:k2-thinking|k2\\.[5-9]|latest-thinking)',
  'minimax-m\\d',
  'sonar-(?:reasoning|deep-research)',
];
const BY_FAMILY = new RegExp(`(?:^|[/:_.-])(?:${FAMILIES.join('|')})`, 'i');
/** `deepseek-r1-distill`, `qwen3-235b-thinking`, `phi-4-reasoning`. */
const BY_WORD = /(?:^|[/:_-])(?:r1|thinking|reasoner|reasoning)(?:$|[/:_-])/i;
const NOT = /non-?(?:thinking|reasoning)/i;

export function reasonsUnasked(model: string): boolean {
  return !NOT.test(model) && (BY_FAMILY.test(model) || BY_WORD.test(model));
}
