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

  @TextListKey('Origins whose pages may call the gateway from a browser; "*" allows all.', { default: [] })
  cors_origins?: string[];
}
