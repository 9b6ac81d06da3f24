import { DEFAULTS } from './defaults.js';
import { NumberKey, TextKey, WholeNumberKey } from './key.decorators.js';

export class TargetConfig {
  @TextKey('provider, for its default model, or provider/model.', {
    required: true,
    pattern: /^[^\s/]+(\/\S+)?$/,
    expected: 'provider or provider/model',
  })
  target!: string;

  @NumberKey('Its share among the targets of the same priority.', {
    default: DEFAULTS.target.weight,
    aboveZero: true,
  })
  weight?: number;

  @WholeNumberKey('1 is tried first.', { default: DEFAULTS.target.priority, min: 1 })
  priority?: number;
}
