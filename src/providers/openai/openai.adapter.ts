import { Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../../formats/openai-chat/openai-chat.format.js';
import { bearerHeaders, OPENAI_EMBEDDINGS, openAiChatUrl } from '../openai-surface.js';
import type { ProviderAdapter, VendorDefaults } from '../provider-adapter.js';

/** The o series and everything from GPT-5 on refuse `max_tokens` and take `developer` messages. */
const REASONING_MODEL = /^(?:o\d|gpt-(?:[5-9]|\d\d))/;

/** https://platform.openai.com/docs/api-reference/chat */
@Injectable()
export class OpenaiAdapter implements ProviderAdapter {
  readonly vendors = ['openai'];
  readonly format = OPENAI_CHAT_OUTBOUND;
  readonly embeddings = OPENAI_EMBEDDINGS;

  defaultsOf(): VendorDefaults {
    return {
      baseUrl: 'https://api.openai.com/v1',
      model: 'gpt-4o-mini',
      keyRequired: true,
      priceId: 'openai',
    };
  }

  chatUrl(baseUrl: string): string {
    return openAiChatUrl(baseUrl);
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return bearerHeaders(secret);
  }

  traitsOf(_vendor: string, model: string): TargetTraits {
    if (!REASONING_MODEL.test(model)) return { developerRole: true, customTools: true };
    return {
      maxTokensField: 'max_completion_tokens',
      developerRole: true,
      customTools: true,
      reasonsUnasked: !model.includes('-chat'),
    };
  }
}
