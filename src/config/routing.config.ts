import { AUTO_ROUTE, DEFAULTS } from './defaults.js';
import { DurationKey, SectionListKey, TextKey, WholeNumberKey } from './key.decorators.js';
import { RouteConfig } from './route.config.js';

export class RoutingConfig {
  @DurationKey('How long a failed target rests; 0s: never.', {
    default: DEFAULTS.routing.cooldown,
    zero: true,
  })
  cooldown?: string;

  @DurationKey('Above cooldown: the rest doubles at each failed trial, up to this. Absent: as cooldown.', {
    zero: true,
  })
  max_cooldown?: string;

  @WholeNumberKey(
    'After how many failures in a row that may be the fault of one request (a 500, a break, silence) a target rests ' +
      'that had answered within the last minute. Clear statements, and targets that had not answered, rest at the first.',
    { default: DEFAULTS.routing.failures_before_cooldown, min: 1 },
  )
  failures_before_cooldown?: number;

  @WholeNumberKey('Calls per request, over all targets; each target keeps one of its own.', {
    default: DEFAULTS.routing.max_attempts,
    min: 1,
  })
  max_attempts?: number;

  @DurationKey('When everything rests: how long to wait for the first to come back.', {
    default: DEFAULTS.routing.max_wait,
    zero: true,
  })
  max_wait?: string;

  @DurationKey('A retry-after up to this is waited out on the same target instead of moving on.', {
    default: DEFAULTS.routing.rate_limit_wait,
    zero: true,
  })
  rate_limit_wait?: string;

  @TextKey('The route of requests without a model. Absent: auto, or the first route when there is no auto.', {
    default: AUTO_ROUTE,
  })
  default_route?: string;

  @SectionListKey('Absent: one route, auto, over all providers in their order.', RouteConfig)
  routes?: RouteConfig[];
}
