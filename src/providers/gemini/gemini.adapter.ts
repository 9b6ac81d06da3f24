import { Injectable } from '@nestjs/common';
import type { TargetTraits } from '../../contract/wire-format.js';
import { GEMINI_EMBEDDINGS_OUTBOUND, GEMINI_OUTBOUND } from '../../formats/gemini/gemini.format.js';
import type { EmbeddingsSurface, ProviderAdapter, VendorDefaults } from '../provider-adapter.js';
import { geminiTraits } from './gemini-traits.js';

/** https://ai.google.dev/api */
@Injectable()
export class GeminiAdapter implements ProviderAdapter {
  readonly vendors = ['gemini'];
  readonly format = GEMINI_OUTBOUND;
  readonly embeddings: EmbeddingsSurface = {
    format: GEMINI_EMBEDDINGS_OUTBOUND,
    url: (baseUrl, model) => `${baseUrl}/${toModelPath(model)}:batchEmbedContents`,
  };

  defaultsOf(): VendorDefaults {
    return {
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
      model: 'gemini-3.8-flash',
      keyRequired: true,
      priceId: 'google',
    };
  }

  chatUrl(baseUrl: string, model: string, stream: boolean): string {
    return `${baseUrl}/${toModelPath(model)}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return { 'x-goog-api-key': secret };
  }

  traitsOf(_vendor: string, model: string): TargetTraits {
    return geminiTraits(model);
  }
}

/** `models/NAME`, also for callers that write the prefix themselves. No name leads to another path of the host. */
function toModelPath(model: string): string {
  const [, folder = 'models', name = model] = /^(models|tunedModels)\/(.*)$/s.exec(model) ?? [];
  return `${folder}/${encodeURIComponent(name)}`;
}
