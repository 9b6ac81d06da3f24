import { Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../../formats/openai-chat/openai-chat.format.js';
import { bearerHeaders, openAiChatUrl } from '../openai-surface.js';
import type { ProviderAdapter, VendorDefaults } from '../provider-adapter.js';

/** https://api-docs.deepseek.com: OpenAI's format; reasoning in `reasoning_content`; JSON mode but no JSON Schema. */
@Injectable()
export class DeepseekAdapter implements ProviderAdapter {
  readonly vendors = ['deepseek'];
  readonly format = OPENAI_CHAT_OUTBOUND;

  defaultsOf(): VendorDefaults {
    return {
      baseUrl: 'https://api.deepseek.com/v1',
      model: 'deepseek-chat',
      keyRequired: true,
      priceId: 'deepseek',
    };
  }

  chatUrl(baseUrl: string): string {
    return openAiChatUrl(baseUrl);
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return bearerHeaders(secret);
  }

  traitsOf(_vendor: string, model: string): TargetTraits {
    return {
      reasoningField: 'reasoning_content',
      jsonSchema: false,
      multipleChoices: false,
      reasonsUnasked: model !== 'deepseek-chat',
    };
  }
}
