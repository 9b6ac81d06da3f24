import { DEFAULTS } from './defaults.js';
import { GatewayKeyConfig } from './gateway-key.config.js';
import { ChoiceKey, FlagKey, SectionListKey } from './key.decorators.js';

export const AUTH_MODES = ['required', 'open'] as const;

export class AuthConfig {
  @ChoiceKey('required: callers need a key. open: everyone is served.', AUTH_MODES, {
    default: DEFAULTS.auth.mode,
  })
  mode?: (typeof AUTH_MODES)[number];

  @FlagKey('false: /metrics, /docs and the details of /health need the admin key.', {
    default: DEFAULTS.auth.public_operations,
  })
  public_operations?: boolean;

  @SectionListKey('Gateway keys; GATEWAY_API_KEYS adds to them.', GatewayKeyConfig)
  keys?: GatewayKeyConfig[];
}
