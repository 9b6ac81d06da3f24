import type { JsonObject } from './json.js';
import type { WireFormatName } from './wire-format-name.js';

/** Where the bytes of an image, a document or a sound are. */
export type MediaSource =
  | { readonly kind: 'url'; readonly url: string }
  /** `data` is base64 without a `data:` prefix. */
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'text'; readonly mediaType: string; readonly text: string }
  /** An id in the vendor's own file store. Only the vendor that issued it can read it. */
  | { readonly kind: 'file'; readonly fileId: string };

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  /** Anthropic's cache marker, kept as it came. */
  readonly cacheControl?: JsonObject | undefined;
  /** Citations and annotations in the words of the format that they came in. */
  readonly annotations?: Annotations | undefined;
}

/** Citations as their own format writes them; formats that differ drop them. */
export interface Annotations {
  readonly format: WireFormatName;
  readonly items: readonly JsonObject[];
}

export interface ImagePart {
  readonly type: 'image';
  readonly source: MediaSource;
  /** OpenAI's `detail`. */
  readonly detail?: string | undefined;
  readonly cacheControl?: JsonObject | undefined;
}

export interface DocumentPart {
  readonly type: 'document';
  readonly source: MediaSource;
  readonly filename?: string | undefined;
  readonly cacheControl?: JsonObject | undefined;
}

export interface AudioPart {
  readonly type: 'audio';
  /** base64 */
  readonly data: string;
  /** `wav`, `mp3`, ... */
  readonly encoding: string;
}

export interface RefusalPart {
  readonly type: 'refusal';
  readonly text: string;
}

/** What the model thought. Text alone may be shown; signature and encrypted content prove it to the vendor that made it. */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  /** Anthropic's signature over the thinking block. */
  readonly signature?: string | undefined;
  /** OpenAI Responses: the reasoning item's id. */
  readonly id?: string | undefined;
  /** OpenAI Responses: `encrypted_content`. OpenRouter: `reasoning_details` stay in the original. */
  readonly encrypted?: string | undefined;
}

/** A thinking block that only its vendor can read. */
export interface RedactedReasoningPart {
  readonly type: 'redacted-reasoning';
  readonly data: string;
}

export interface ToolCallPart {
  readonly type: 'tool-call';
  /** Empty where the vendor sent none; encoders of formats that need one mint it. */
  readonly id: string;
  readonly name: string;
  /** JSON text exactly as the model wrote it (it may be cut), or the free text of a custom tool. */
  readonly arguments: string;
  readonly custom?: boolean | undefined;
  readonly cacheControl?: JsonObject | undefined;
  /** Gemini's thought signature, which must come back with the call. */
  readonly signature?: string | undefined;
}

/** Something that only one format knows (a server tool's use, its result, a container upload), kept as it came. */
export interface OpaquePart {
  readonly type: 'opaque';
  readonly format: WireFormatName;
  readonly value: JsonObject;
}

export type ContentPart = TextPart | ImagePart | DocumentPart | AudioPart | OpaquePart;

export type AssistantPart = ContentPart | RefusalPart | ReasoningPart | RedactedReasoningPart | ToolCallPart;

export interface SystemMessage {
  readonly role: 'system' | 'developer';
  readonly content: readonly ContentPart[];
  readonly name?: string | undefined;
}

export interface UserMessage {
  readonly role: 'user';
  readonly content: readonly ContentPart[];
  readonly name?: string | undefined;
}

export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: readonly AssistantPart[];
  readonly name?: string | undefined;
}

/** The result of one tool call. */
export interface ToolMessage {
  readonly role: 'tool';
  readonly toolCallId: string;
  readonly content: readonly ContentPart[];
  readonly isError?: boolean | undefined;
  readonly cacheControl?: JsonObject | undefined;
}

/** In the order of the conversation; system and developer messages may stand anywhere in it. */
export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;
