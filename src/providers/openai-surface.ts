import { OPENAI_EMBEDDINGS_OUTBOUND } from '../formats/openai-embeddings/openai-embeddings.format.js';
import type { EmbeddingsSurface } from './provider-adapter.js';

/** What all vendors with OpenAI's surface share. */
export function openAiChatUrl(baseUrl: string): string {
  return `${baseUrl}/chat/completions`;
}

export function bearerHeaders(secret: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${secret}` };
}

export const OPENAI_EMBEDDINGS: EmbeddingsSurface = {
  format: OPENAI_EMBEDDINGS_OUTBOUND,
  url: (baseUrl) => `${baseUrl}/embeddings`,
};
