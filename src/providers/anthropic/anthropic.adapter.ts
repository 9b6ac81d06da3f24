import { Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { ANTHROPIC_MESSAGES_OUTBOUND } from '../../formats/anthropic-messages/anthropic-messages.format.js';
import type { ProviderAdapter, VendorDefaults } from '../provider-adapter.js';
import { maxOutputTokens } from './max-output-tokens.js';
import { thinkingStyle } from './thinking-style.js';

/** https://docs.claude.com/en/api/messages */
@Injectable()
export class AnthropicAdapter implements ProviderAdapter {
  readonly vendors = ['anthropic'];
  readonly format = ANTHROPIC_MESSAGES_OUTBOUND;

  readonly probeHeaders = { 'anthropic-version': '2023-06-01' };

  defaultsOf(): VendorDefaults {
    return {
      baseUrl: 'https://api.anthropic.com/v1',
      model: 'claude-haiku-4-5',
      keyRequired: true,
      priceId: 'anthropic',
    };
  }

  chatUrl(baseUrl: string): string {
    return `${baseUrl}/messages`;
  }

  tokenCountUrl(baseUrl: string): string {
    return `${baseUrl}/messages/count_tokens`;
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return { 'x-api-key': secret };
  }

  traitsOf(_vendor: string, model: string): TargetTraits {
    return {
      defaultMaxTokens: maxOutputTokens(model),
      thinking: thinkingStyle(model),
      jsonSchema: !LEGACY_MODEL.test(model),
    };
  }
}

/** Models from before structured outputs. */
const LEGACY_MODEL = /^claude-(?:instant|2|3|(?:opus|sonnet)-4(?:-0|-20|$))/;
