import { DEFAULTS } from './defaults.js';
import { ChoiceKey, DurationKey, SectionListKey, TextKey } from './key.decorators.js';
import { TargetConfig } from './target.config.js';

export const ROUTE_STRATEGIES = [
  'priority',
  'weighted',
  'least-latency',
  'least-busy',
  'lowest-cost',
] as const;
export const STREAM_COMMITS = ['first-content', 'buffered'] as const;
export const CONTENT_FILTER_ACTIONS = ['stop', 'next'] as const;

export class RouteConfig {
  @TextKey('The model name that callers ask for.', {
    required: true,
    pattern: /^[^\s/*]+$/,
    expected: 'a name without spaces, "/" and "*"',
  })
  name!: string;

  @ChoiceKey('How its targets are ordered.', ROUTE_STRATEGIES, { default: DEFAULTS.route.strategy })
  strategy?: (typeof ROUTE_STRATEGIES)[number];

  @DurationKey('No first token by then: the next target is started too, and the first one wins.')
  hedge_after?: string;

  @ChoiceKey('first-content: pass on as it comes. buffered: hold the whole answer.', STREAM_COMMITS, {
    default: DEFAULTS.route.stream_commit,
  })
  stream_commit?: (typeof STREAM_COMMITS)[number];

  @DurationKey(
    'When the head of a stream and a first sign of life go out at the latest, from the first call on. off: only with content.',
    { default: DEFAULTS.route.early_keep_alive, off: true },
  )
  early_keep_alive?: string;

  @ChoiceKey('What a refusal by the content policy of a vendor does.', CONTENT_FILTER_ACTIONS, {
    default: DEFAULTS.route.on_content_filter,
  })
  on_content_filter?: (typeof CONTENT_FILTER_ACTIONS)[number];

  @SectionListKey('Where its requests may go.', TargetConfig, { required: true, shorthand: 'target' })
  targets!: TargetConfig[];
}
