import type { AssistantPart, ChatMessage } from './content.js';
import type { JsonObject, JsonValue } from './json.js';
import type { WireFormatName } from './wire-format-name.js';

/** A body as its sender wrote it, beside its parsed form. */
export interface OriginalBody {
  readonly format: WireFormatName;
  /** The JSON text, unchanged: key order, large numbers and unknown fields are intact only here. */
  readonly text: string;
  readonly json: JsonObject;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments; absent where the caller gave none. */
  readonly parameters?: JsonObject | undefined;
  readonly strict?: boolean | undefined;
  readonly cacheControl?: JsonObject | undefined;
  /** A tool that is not a plain function, in the words of the format that it came in. */
  readonly native?: { readonly format: WireFormatName; readonly value: JsonObject } | undefined;
}

export type ToolChoice =
  { readonly type: 'auto' | 'none' | 'required' } | { readonly type: 'tool'; readonly name: string };

/** How the answer's text must be shaped. */
export type ResponseFormat =
  | { readonly type: 'text' | 'json' }
  | {
      readonly type: 'json-schema';
      readonly name?: string | undefined;
      readonly description?: string | undefined;
      readonly schema: JsonObject;
      readonly strict?: boolean | undefined;
    };

export interface ReasoningSettings {
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`, or a word newer than this list. */
  readonly effort?: string | undefined;
  /** Tokens. */
  readonly budgetTokens?: number | undefined;
  /** Anthropic's `thinking.type`: `enabled`, `adaptive`, `disabled`. */
  readonly mode?: string | undefined;
  /** Whether and how the reasoning's text is shown: Responses' `reasoning.summary`, Anthropic's `thinking.display`. */
  readonly summary?: string | undefined;
}

/** Sampling and length. Absent means that the caller did not say; the vendor's default then holds. */
export interface SamplingSettings {
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly seed?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly logitBias?: JsonObject | undefined;
  readonly logprobs?: boolean | undefined;
  readonly topLogprobs?: number | undefined;
  /** How many answers. */
  readonly n?: number | undefined;
}

/** The `provider` object of OpenRouter and Ofox: which providers may serve, in which order. */
export interface ProviderPreferences {
  /** As the caller wrote it, for vendors that understand it themselves. */
  readonly original?: JsonObject | undefined;
  readonly order?: readonly string[] | undefined;
  readonly only?: readonly string[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly allowFallbacks?: boolean | undefined;
  readonly sort?: string | undefined;
  /** Only who keeps nothing. */
  readonly zdr?: boolean | undefined;
  /** Only who does not train on what it gets. */
  readonly denyCollection?: boolean | undefined;
  /** Only who takes every parameter of the request. */
  readonly requireParameters?: boolean | undefined;
  /** US dollars per million tokens. */
  readonly maxPrice?:
    { readonly prompt?: number | undefined; readonly completion?: number | undefined } | undefined;
  /** Names of members that only the vendor they are meant for can obey. */
  readonly others?: readonly string[] | undefined;
}

/**
 * A chat request in Sluice's own language, beside the body that it was read from. An encoder of the same format sends
 * the original on, patched; an encoder of another format writes from these members.
 */
export interface ChatRequest {
  readonly original: OriginalBody;
  /** As the caller named it; `undefined` asks for the default route. */
  readonly model: string | undefined;
  /** A provider that the caller pinned by name. */
  readonly provider?: string | undefined;
  /** Further models to try, in order (OpenRouter's `models`). */
  readonly fallbackModels?: readonly string[] | undefined;
  readonly preferences?: ProviderPreferences | undefined;
  readonly stream: boolean;
  /** Whether the caller wants a usage report in its stream. */
  readonly includeUsage: boolean;
  readonly messages: readonly ChatMessage[];
  /**
   * Index in the caller's own list (`messages`, Responses' `input`) of each message, or of the first item that became
   * it; -1 for what stands in a member of its own (`system`, `instructions`). Absent where they are the same.
   */
  readonly messageOrigins?: readonly number[] | undefined;
  readonly sampling: SamplingSettings;
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolChoice?: ToolChoice | undefined;
  readonly parallelToolCalls?: boolean | undefined;
  readonly responseFormat?: ResponseFormat | undefined;
  readonly reasoning?: ReasoningSettings | undefined;
  readonly serviceTier?: string | undefined;
  /** The end user behind the caller: OpenAI's `user`, Anthropic's `metadata.user_id`. */
  readonly user?: string | undefined;
  readonly metadata?: JsonObject | undefined;
  /**
   * Members of the body that have no place above, by name. An encoder of another format reports them as dropped unless
   * a documented rule says that they mean nothing to the answer.
   */
  readonly extensions?: Readonly<Record<string, JsonValue>> | undefined;
  /** Headers of the caller that a vendor of the same format must see (`anthropic-version`, `anthropic-beta`). */
  readonly vendorHeaders?: Readonly<Record<string, string>> | undefined;
}

/** Whether a part proves its reasoning to the key that made it. */
function isBoundReasoning(part: AssistantPart): boolean {
  if (part.type === 'redacted-reasoning') return true;
  return part.type === 'reasoning' && (part.signature !== undefined || part.encrypted !== undefined);
}

/** Whether the conversation holds reasoning that only the key which made it can read. */
export function holdsBoundReasoning({ messages }: ChatRequest): boolean {
  return messages.some(({ role, content }) => role === 'assistant' && content.some(isBoundReasoning));
}

/** Whether the conversation holds such reasoning, or this request may add some. */
export function mayBindReasoning(request: ChatRequest): boolean {
  return request.reasoning !== undefined || holdsBoundReasoning(request);
}

/** The same conversation without it. */
export function withoutBoundReasoning(request: ChatRequest): ChatRequest {
  const messages = request.messages.map((message): ChatMessage =>
    message.role === 'assistant'
      ? { ...message, content: message.content.filter((part) => !isBoundReasoning(part)) }
      : message,
  );
  return { ...request, messages };
}

/** Whether the request asks for reasoning; `undefined`: it does not say. */
export function asksForReasoning({ reasoning }: ChatRequest): boolean | undefined {
  if (reasoning === undefined) return undefined;
  return reasoning.effort !== 'none' && reasoning.mode !== 'disabled';
}
