import type { JsonObject } from '../../contract/json.js';

/** One turn of `contents`: https://ai.google.dev/api/caching#Content */
export interface WireContent {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

/**
 * What Google documents for function calls whose signature nobody has (history of another vendor, a client that lost
 * it): Gemini 3 refuses a call without any. https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const SKIPPED_SIGNATURE = 'skip_thought_signature_validator';

/** Stands before a text part's signature in `ReasoningPart.encrypted`, so that no other vendor's is taken for ours. */
export const TEXT_SIGNATURE_PREFIX = 'gemini:';
