import type { JsonObject, JsonValue } from '../../contract/json.js';

/** The version that is asked for where the caller names none: https://platform.claude.com/docs/en/api/versioning */
export const ANTHROPIC_VERSION = '2023-06-01';

/** One turn of `messages`. Content is always written as an array of blocks. */
export interface WireTurn {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

/** `output_tokens` and its companions in an answer or in `message_start` and `message_delta`; all are optional on the way in. */
export interface WireUsage extends JsonObject {
  readonly input_tokens?: JsonValue;
  readonly output_tokens?: JsonValue;
  readonly cache_read_input_tokens?: JsonValue;
  readonly cache_creation_input_tokens?: JsonValue;
  readonly cache_creation?: JsonValue;
  readonly output_tokens_details?: JsonValue;
  readonly server_tool_use?: JsonValue;
}

/**
 * Stands as the signature of a thinking block whose text came from a vendor that signs nothing. Callers send the block
 * back as it is; it then tells Sluice that Anthropic itself would refuse the block.
 */
export const UNSIGNED_THINKING = 'sluice-unsigned';

/** Whether an assistant turn begins with a thinking block, readable or redacted. */
export function beginsWithThinking(content: readonly JsonObject[]): boolean {
  const type = content[0]?.['type'];
  return type === 'thinking' || type === 'redacted_thinking';
}
