import type { TargetTraits } from '../../contract/wire-format.js';
import type { VendorDefaults } from '../provider-adapter.js';

/** A vendor with OpenAI's surface: where it lives and in what it differs. */
export interface Preset extends VendorDefaults {
  readonly traits?: TargetTraits | undefined;
}

/** Injection token of the presets. */
export const PRESET_LIST = Symbol('PRESET_LIST');

/**
 * Vendors that need nothing but an entry here. Base URLs come from each vendor's own documentation; an entry without
 * one demands `base_url` in the configuration.
 */
export const PRESETS = {
  'openai-compatible': { keyRequired: false },
  openrouter: {
    baseUrl: 'https://openrouter.ai/api/v1',
    model: 'openrouter/auto',
    keyRequired: true,
    priceId: 'openrouter',
    traits: { reasoningField: 'reasoning', preferences: 'all' },
  },
  ofox: {
    baseUrl: 'https://api.ofox.ai/v1',
    keyRequired: true,
    traits: { preferences: ['fallback', 'routing'] },
  },
  'one-api': { keyRequired: true },
  'new-api': { keyRequired: true },
  moonshot: {
    baseUrl: 'https://api.moonshot.ai/v1',
    model: 'kimi-latest',
    keyRequired: true,
    priceId: 'moonshotai',
    traits: { reasoningField: 'reasoning_content' },
  },
  qwen: {
    baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    model: 'qwen-plus',
    keyRequired: true,
    traits: { reasoningField: 'reasoning_content' },
  },
  zhipu: {
    baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
    model: 'glm-4.6',
    keyRequired: true,
    traits: { reasoningField: 'reasoning_content', multipleChoices: false },
  },
  siliconflow: { baseUrl: 'https://api.siliconflow.cn/v1', keyRequired: true },
  mistral: {
    baseUrl: 'https://api.mistral.ai/v1',
    model: 'mistral-small-latest',
    keyRequired: true,
    priceId: 'mistral',
    traits: {
      streamUsage: false,
      unsupported: ['logit_bias', 'logprobs', 'top_logprobs', 'user', 'service_tier', 'stream_options'],
    },
  },
  groq: {
    baseUrl: 'https://api.groq.com/openai/v1',
    model: 'llama-3.3-70b-versatile',
    keyRequired: true,
    priceId: 'groq',
    traits: { reasoningField: 'reasoning', multipleChoices: false },
  },
  xai: {
    baseUrl: 'https://api.x.ai/v1',
    model: 'grok-4',
    keyRequired: true,
    priceId: 'x-ai',
  },
  ollama: {
    baseUrl: 'http://127.0.0.1:11434/v1',
    keyRequired: false,
    traits: { reasoningField: 'reasoning', multipleChoices: false },
  },
  vllm: { keyRequired: false },
} as const satisfies Record<string, Preset>;
