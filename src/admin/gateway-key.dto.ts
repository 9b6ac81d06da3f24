import { DEFAULTS } from '../config/defaults.js';
import { BUDGET_PERIODS } from '../config/gateway-key.config.js';
import {
  ChoiceKey,
  DurationKey,
  FlagKey,
  InstantKey,
  NumberKey,
  TextKey,
  TextListKey,
  WholeNumberKey,
} from '../config/key.decorators.js';

const LONGEST_GRACE_MS = 30 * 86_400_000;
export const USUAL_GRACE = '24h';

/** What a gateway key is made with and changed by: what `auth.keys` has but for the secret, and its end. */
export class GatewayKeyDto {
  @TextKey('A name of its own, for logs and reports.', {
    required: true,
    // PostgreSQL keeps no NUL, and a line break has no place in a log or a report.
    pattern: /^(?=.*\S)\P{Cc}{1,200}$/u,
    expected: 'a name of 1 to 200 characters without control characters',
  })
  name!: string;

  @TextListKey('What it may use: model, route or provider/model patterns.', { default: DEFAULTS.key.models })
  models?: string[] | null;

  @WholeNumberKey('Requests per minute.', { min: 1 })
  requests_per_minute?: number | null;

  @WholeNumberKey('Tokens per minute, of prompts and answers together.', { min: 1 })
  tokens_per_minute?: number | null;

  @WholeNumberKey('Requests at a time.', { min: 1 })
  max_parallel?: number | null;

  @NumberKey('US dollars that it may spend in a period.')
  budget_usd?: number | null;

  @ChoiceKey('The period of the budget.', BUDGET_PERIODS, { default: DEFAULTS.key.budget_period })
  budget_period?: (typeof BUDGET_PERIODS)[number] | null;

  @FlagKey(
    'Whether it may use cached answers that keys share, and leave its own there, when a request says so.',
    {
      default: DEFAULTS.key.shared_cache,
    },
  )
  shared_cache?: boolean | null;

  @InstantKey('From when on it is refused.')
  expires_at?: string | null;
}

export class RotationDto {
  @DurationKey('How long the old secret stays good beside the new one.', {
    zero: true,
    longest: LONGEST_GRACE_MS,
    default: USUAL_GRACE,
  })
  grace_period?: string | null;
}
