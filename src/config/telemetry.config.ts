import { DEFAULTS } from './defaults.js';
import { FlagKey } from './key.decorators.js';

export class TelemetryConfig {
  @FlagKey('Puts prompts and answers on the spans of traces, with logging.request_log: full.', {
    default: DEFAULTS.telemetry.trace_content,
  })
  trace_content?: boolean;

  @FlagKey('Tells vendors which trace a call belongs to, in the headers traceparent and tracestate.', {
    default: DEFAULTS.telemetry.trace_vendors,
  })
  trace_vendors?: boolean;
}
