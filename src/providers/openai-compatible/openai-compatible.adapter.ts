import { Inject, Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../../formats/openai-chat/openai-chat.format.js';
import { bearerHeaders, OPENAI_EMBEDDINGS, openAiChatUrl } from '../openai-surface.js';
import type { ProviderAdapter, VendorDefaults } from '../provider-adapter.js';
import { reasonsUnasked } from './reasons-unasked.js';
import { PRESET_LIST, PRESETS, type Preset } from './presets.js';

/** Every vendor with OpenAI's surface that needs no code of its own. */
@Injectable()
export class OpenaiCompatibleAdapter implements ProviderAdapter {
  readonly format = OPENAI_CHAT_OUTBOUND;
  readonly embeddings = OPENAI_EMBEDDINGS;
  readonly vendors: readonly string[];

  constructor(@Inject(PRESET_LIST) private readonly presets: Readonly<Record<string, Preset>>) {
    this.vendors = Object.keys(presets);
  }

  defaultsOf(vendor: string): VendorDefaults {
    return this.presets[vendor] ?? PRESETS['openai-compatible'];
  }

  chatUrl(baseUrl: string): string {
    return openAiChatUrl(baseUrl);
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return bearerHeaders(secret);
  }

  traitsOf(vendor: string, model: string): TargetTraits {
    return { reasonsUnasked: reasonsUnasked(model), ...this.presets[vendor]?.traits };
  }
}
