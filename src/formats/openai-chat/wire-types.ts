import type { JsonObject, JsonValue } from '../../contract/json.js';

/** What Sluice writes of OpenAI's chat format. What it reads is taken as plain JSON: vendors differ too much. */

export interface WireToolCall {
  readonly id: string;
  readonly type: 'function' | 'custom';
  readonly function?: { readonly name: string; readonly arguments: string };
  readonly custom?: { readonly name: string; readonly input: string };
  readonly extra_content?: JsonObject;
}

export interface WireMessage {
  readonly role: string;
  readonly content: JsonValue;
  readonly name?: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly WireToolCall[];
  readonly refusal?: string | null;
  readonly reasoning_content?: string;
  readonly reasoning?: string;
  /** Our extension: signed, redacted and encrypted reasoning, in the shape that LiteLLM gave it. */
  readonly thinking_blocks?: readonly JsonObject[];
  readonly annotations?: readonly JsonObject[];
  /** OpenRouter's place for pictures that the model made. */
  readonly images?: readonly JsonObject[];
}

export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number;
    readonly audio_tokens?: number;
    /** Tokens written to the vendor's prompt cache, part of `prompt_tokens`. */
    readonly cache_write_tokens?: number;
  };
  readonly completion_tokens_details?: {
    readonly reasoning_tokens?: number;
    readonly audio_tokens?: number;
  };
}
