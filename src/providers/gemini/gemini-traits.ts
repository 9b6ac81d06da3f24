import type { TargetTraits } from '../../contract/wire-format.js';

/** Models before 2.5 and open models do not think at all. */
const NEVER_THINKS = /^(?:gemini-(?:1|2\.0|exp|pro-vision)|gemma|learnlm|aqa)/;
const BY_BUDGET = 'gemini-2.5';
/** These cannot be told not to think. */
const ALWAYS_THINKS = 'gemini-2.5-pro';
/** The models of Gemini 3 that know the level `minimal`; later ones refuse it. */
const KNOWS_MINIMAL = /^gemini-3(?:-flash|\.1-flash-lite|\.5-flash)/;
/** From 3.6 (and 3.5 Flash-Lite) on sampling is fixed and there is one candidate. Names without a number are the latest. */
const FIXED_SAMPLING =
  /^gemini-(?:3\.(?:[6-9]|\d\d)|3\.5-flash-lite|[4-9]|\d\d|(?:pro|flash|flash-lite)-latest)/;

/**
 * What differs between Google's models: https://ai.google.dev/gemini-api/docs/thinking and the pages on what is new in
 * each (https://ai.google.dev/gemini-api/docs/whats-new-gemini-3.5 and later). A name that nobody here knows is taken
 * for a model of the generation that thinks by level.
 */
export function geminiTraits(name: string): TargetTraits {
  const model = name.replace(/^models\//, '');
  if (NEVER_THINKS.test(model)) return { thinking: 'none' };
  if (model.startsWith(BY_BUDGET))
    return {
      thinking: 'budget',
      reasoningOff: !model.startsWith(ALWAYS_THINKS),
      reasonsUnasked: !model.includes('-lite'),
    };
  return {
    thinking: 'adaptive',
    reasonsUnasked: true,
    ...(KNOWS_MINIMAL.test(model) ? { effortLevels: ['minimal', 'low', 'medium', 'high'] } : undefined),
    ...(FIXED_SAMPLING.test(model)
      ? { unsupported: ['temperature', 'topP', 'topK'], multipleChoices: false }
      : undefined),
  };
}
