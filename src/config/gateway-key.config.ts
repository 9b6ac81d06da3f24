import { DEFAULTS } from './defaults.js';
import { ChoiceKey, FlagKey, NumberKey, TextKey, TextListKey, WholeNumberKey } from './key.decorators.js';

export const BUDGET_PERIODS = ['day', 'week', 'month', 'total'] as const;

export class GatewayKeyConfig {
  @TextKey('A name of its own, for logs and reports.', { required: true })
  name!: string;

  @TextKey('The secret that callers present. Take it from the environment: ${TEAM_A_KEY}.', {
    required: true,
    emptyAllowed: true,
    expected: 'the secret that callers present, as a string',
  })
  key!: string;

  @TextListKey('What it may use: model, route or provider/model patterns.', { default: DEFAULTS.key.models })
  models?: string[];

  @WholeNumberKey('Requests per minute.', { min: 1 })
  requests_per_minute?: number;

  @WholeNumberKey('Tokens per minute, of prompts and answers together.', { min: 1 })
  tokens_per_minute?: number;

  @WholeNumberKey('Requests at a time.', { min: 1 })
  max_parallel?: number;

  @NumberKey('US dollars that it may spend in a period.')
  budget_usd?: number;

  @ChoiceKey('The period of the budget.', BUDGET_PERIODS, { default: DEFAULTS.key.budget_period })
  budget_period?: (typeof BUDGET_PERIODS)[number];

  @FlagKey(
    'Whether it may use cached answers that keys share, and leave its own there, when a request says so.',
    {
      default: DEFAULTS.key.shared_cache,
    },
  )
  shared_cache?: boolean;
}
