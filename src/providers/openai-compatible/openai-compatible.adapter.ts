import { Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../../formats/openai-chat/openai-chat.format.js';
import { bearerHeaders, OPENAI_EMBEDDINGS, openAiChatUrl } from '../openai-surface.js';
import type { ProviderAdapter, VendorDefaults } from '../provider-adapter.js';
import { PRESETS, type Preset } from './presets.js';

/** Every vendor with OpenAI's surface that needs no code of its own. */
@Injectable()
export class OpenaiCompatibleAdapter implements ProviderAdapter {
  readonly vendors = Object.keys(PRESETS);
  readonly format = OPENAI_CHAT_OUTBOUND;
  readonly embeddings = OPENAI_EMBEDDINGS;
  private readonly presets: Readonly<Record<string, Preset>> = PRESETS;

  defaultsOf(vendor: string): VendorDefaults {
    return this.presets[vendor] ?? PRESETS['openai-compatible'];
  }

  chatUrl(baseUrl: string): string {
    return openAiChatUrl(baseUrl);
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return bearerHeaders(secret);
  }

  traitsOf(vendor: string): TargetTraits {
    return this.presets[vendor]?.traits ?? {};
  }
}
