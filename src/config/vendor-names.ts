/**
 * What `vendor:` may say: the adapters, and the presets of the OpenAI-compatible one. Kept equal to the list in
 * `providers.module.ts` by a test.
 */
export const VENDOR_NAMES = [
  'openai',
  'openai-responses',
  'deepseek',
  'anthropic',
  'gemini',
  'azure-openai',
  'openai-compatible',
  'openrouter',
  'ofox',
  'one-api',
  'new-api',
  'moonshot',
  'qwen',
  'zhipu',
  'siliconflow',
  'mistral',
  'groq',
  'xai',
  'ollama',
  'vllm',
] as const;

/** Those that run wherever somebody installed them, so that a provider must say where. */
export const VENDORS_WITHOUT_BASE_URL: readonly string[] = [
  'openai-compatible',
  'one-api',
  'new-api',
  'azure-openai',
  'vllm',
];
