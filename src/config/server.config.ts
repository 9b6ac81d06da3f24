import { DEFAULTS } from './defaults.js';
import { DurationKey, SizeKey, TextListKey, WholeNumberKey } from './key.decorators.js';

export class ServerConfig {
  @SizeKey('The largest request body that is read; a larger one is answered with 413.', {
    default: DEFAULTS.server.body_limit,
  })
  body_limit?: string;

  @DurationKey('How long running streams may finish after SIGTERM.', {
    default: DEFAULTS.server.shutdown_grace,
    zero: true,
  })
  shutdown_grace?: string;

  @WholeNumberKey('Requests at a time. Above it: 503 with retry-after, at once.', {
    default: DEFAULTS.server.max_in_flight,
    min: 1,
  })
  max_in_flight?: number;

  @DurationKey(
    'How long new requests may have to wait for the process. Once they do for two seconds: 503 with retry-after, at once. 0s: no limit.',
    { default: DEFAULTS.server.max_event_loop_lag, zero: true },
  )
  max_event_loop_lag?: string;

  @WholeNumberKey('Connections at a time. Above it idle ones are closed and new ones turned away.', {
    default: DEFAULTS.server.max_connections,
    min: 1,
  })
  max_connections?: number;

  @DurationKey('How long a request may take to come in, its body included.', {
    default: DEFAULTS.server.request_timeout,
  })
  request_timeout?: string;

  @DurationKey('A caller that neither sends what it began nor reads its answer is dropped after this.', {
    default: DEFAULTS.server.stalled_client_timeout,
  })
  stalled_client_timeout?: string;

  @DurationKey('How long an idle connection is kept. Longer than the load balancer in front keeps it.', {
    default: DEFAULTS.server.keep_alive_timeout,
  })
  keep_alive_timeout?: string;

  @TextListKey('Origins whose pages may call the gateway from a browser; "*" allows all.', { default: [] })
  cors_origins?: string[];
}
