import { ChoiceKey, TextKey } from './key.decorators.js';

/** What a provider has promised of the data that it gets. What is not said matches no filter. */
export class DataConfig {
  @TextKey('How long it keeps prompts and answers: zero, or a duration. zdr of a request needs zero.', {
    pattern: /^(?:zero|\d+(?:\.\d+)?(?:ms|s|m|h|d))$/,
    expected: 'zero, or a duration such as 30d',
  })
  retention?: string;

  @ChoiceKey('Whether it trains on them. data_collection: deny of a request needs never.', [
    'never',
    'allowed',
  ])
  training?: string;

  @TextKey('Where it keeps and computes: a name of your own, for reports.')
  region?: string;
}
