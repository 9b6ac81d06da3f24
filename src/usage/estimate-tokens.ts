import type { ChatRequest } from '../contract/chat-request.js';
import type { Usage } from '../contract/usage.js';

const CHARACTERS_PER_TOKEN = 4;
const USUAL_OUTPUT_TOKENS = 500;

/** What a request may use, roughly: enough to compare targets with, and the most if the caller set a limit. */
export function estimateTokens({ original, sampling }: ChatRequest): Usage {
  return {
    inputTokens: Math.ceil(original.text.length / CHARACTERS_PER_TOKEN),
    outputTokens: sampling.maxTokens ?? USUAL_OUTPUT_TOKENS,
  };
}
