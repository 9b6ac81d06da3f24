import { Injectable } from '@nestjs/common';
import type { ProviderSettings } from '../../config/gateway-settings.js';
import type { TargetTraits } from '../../contract/wire-format.js';
import { OPENAI_CHAT_OUTBOUND } from '../../formats/openai-chat/openai-chat.format.js';
import { OPENAI_EMBEDDINGS } from '../openai-surface.js';
import type { EmbeddingsSurface, ProviderAdapter, VendorDefaults } from '../provider-adapter.js';

/** Many a deployment is named like the model behind it. */
const NAMED_AS_REASONING = /(?:^|[-_])(?:o\d|gpt-?[5-9])(?!.*chat)/i;

/**
 * Azure OpenAI: https://learn.microsoft.com/azure/ai-foundry/openai/reference. A model is the name of a deployment,
 * which says nothing about the model behind it.
 */
@Injectable()
export class AzureOpenaiAdapter implements ProviderAdapter {
  readonly vendors = ['azure-openai'];
  readonly format = OPENAI_CHAT_OUTBOUND;
  readonly embeddings: EmbeddingsSurface = {
    format: OPENAI_EMBEDDINGS.format,
    url: (baseUrl, model, settings) => toAzureUrl(baseUrl, model, 'embeddings', settings),
  };

  defaultsOf(): VendorDefaults {
    return { keyRequired: true, priceId: 'azure' };
  }

  chatUrl(baseUrl: string, model: string, _stream: boolean, settings: ProviderSettings): string {
    return toAzureUrl(baseUrl, model, 'chat/completions', settings);
  }

  authHeaders(secret: string): Readonly<Record<string, string>> {
    return { 'api-key': secret };
  }

  /** `max_completion_tokens` and `developer` are taken by every model from GPT-4o on, the old names not by newer ones. */
  traitsOf(_vendor: string, model: string): TargetTraits {
    return {
      maxTokensField: 'max_completion_tokens',
      developerRole: true,
      customTools: true,
      reasonsUnasked: NAMED_AS_REASONING.test(model),
    };
  }
}

/** With `api_version` the surface of the deployment, without it the newer one, in which the body names the deployment. */
function toAzureUrl(baseUrl: string, model: string, path: string, settings: ProviderSettings): string {
  // The portal shows the address in several lengths.
  const resource = baseUrl.replace(/\/openai(?:\/v1)?$/, '');
  if (settings.apiVersion === undefined) return `${resource}/openai/v1/${path}`;
  const deployment = encodeURIComponent(model);
  const version = encodeURIComponent(settings.apiVersion);
  return `${resource}/openai/deployments/${deployment}/${path}?api-version=${version}`;
}
