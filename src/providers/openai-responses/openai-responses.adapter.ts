import { Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_RESPONSES_OUTBOUND } from '../../formats/openai-responses/openai-responses.format.js';
import { bearerHeaders, OPENAI_EMBEDDINGS } from '../openai-surface.js';
import type { ProviderAdapter, VendorDefaults } from '../provider-adapter.js';

/** The o series, and everything from GPT-5 on but what is made for chats. */
const REASONING_MODEL = /^(?:o\d|gpt-(?:[5-9]|\d\d)(?!.*-chat)|codex)/;

/**
 * OpenAI's Responses API, and that of vendors with the same surface: for models that are served nowhere else, and for
 * callers of Responses whose every member is to go through as it is.
 * https://platform.openai.com/docs/api-reference/responses
 */
@Injectable()
export class OpenaiResponsesAdapter implements ProviderAdapter {
  readonly vendors = ['openai-responses'];
  readonly format = OPENAI_RESPONSES_OUTBOUND;
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
    return `${baseUrl}/responses`;
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return bearerHeaders(secret);
  }

  traitsOf(_vendor: string, model: string): TargetTraits {
    return { developerRole: true, customTools: true, reasonsUnasked: REASONING_MODEL.test(model) };
  }
}
