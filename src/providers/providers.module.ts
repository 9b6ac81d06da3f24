import { Module } from '@nestjs/common';
import { AnthropicAdapter } from './anthropic/anthropic.adapter.js';
import { AzureOpenaiAdapter } from './azure-openai/azure-openai.adapter.js';
import { DeepseekAdapter } from './deepseek/deepseek.adapter.js';
import { EmbeddingsCaller } from './embeddings-caller.js';
import { JsonCaller } from './json-caller.js';
import { ModelListCaller } from './model-list-caller.js';
import { TokenCounter } from './token-counter.js';
import { GeminiAdapter } from './gemini/gemini.adapter.js';
import { UpstreamClient } from './http/upstream-client.js';
import { UpstreamPools } from './http/upstream-pools.js';
import { OpenaiCompatibleAdapter } from './openai-compatible/openai-compatible.adapter.js';
import { PRESET_LIST, PRESETS } from './openai-compatible/presets.js';
import { OpenaiResponsesAdapter } from './openai-responses/openai-responses.adapter.js';
import { OpenaiAdapter } from './openai/openai.adapter.js';
import { PROVIDER_ADAPTERS, type ProviderAdapter } from './provider-adapter.js';
import { ProviderCaller } from './provider-caller.js';
import { ProviderRegistry } from './provider-registry.js';

/** The list of adapters. A new vendor is added here and nowhere else in the code outside its own folder. */
const ADAPTERS = [
  DeepseekAdapter,
  OpenaiAdapter,
  OpenaiResponsesAdapter,
  AnthropicAdapter,
  GeminiAdapter,
  AzureOpenaiAdapter,
  OpenaiCompatibleAdapter,
];

@Module({
  providers: [
    ...ADAPTERS,
    { provide: PRESET_LIST, useValue: PRESETS },
    {
      provide: PROVIDER_ADAPTERS,
      inject: ADAPTERS,
      useFactory: (...adapters: ProviderAdapter[]) => adapters,
    },
    UpstreamPools,
    UpstreamClient,
    ProviderCaller,
    EmbeddingsCaller,
    JsonCaller,
    ModelListCaller,
    TokenCounter,
    ProviderRegistry,
  ],
  exports: [ProviderCaller, EmbeddingsCaller, ProviderRegistry, TokenCounter, ModelListCaller],
})
export class ProvidersModule {}
