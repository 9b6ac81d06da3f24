import type { SseFrame } from './chat-event.js';
import type { ChunkBatch } from './chunk-stream.js';
import type { ChatRequest, OriginalBody } from './chat-request.js';
import type { ChatResult } from './chat-result.js';
import type { GatewayError } from './gateway-error.js';
import type { JsonObject, JsonValue } from './json.js';
import type { Usage } from './usage.js';
import type { VendorError, VendorErrorResponse } from './vendor-error.js';
import type { WireFormatName } from './wire-format-name.js';

/** What an answer says of its way through the gateway. */
export interface AnswerContext {
  readonly requestId: string;
  /** Name of the provider that served. */
  readonly provider: string;
  /** The target's model, used where the vendor does not say which one it served. */
  readonly model: string;
  /** The request that is answered. */
  readonly request: ChatRequest;
  /** Unix milliseconds at which the request came in. */
  readonly receivedAt: number;
  /** Decimal US dollars for a usage report; `null` where no price is known. */
  readonly priceOf: (usage: Usage | undefined) => number | null;
}

/**
 * Writes one stream as SSE text. After a `failure` event, which it writes as the format's error event, it writes nothing
 * more; it never ends a stream as whole that did not bring a `finish`.
 */
export interface StreamEncoder {
  /** Text for a batch of chunks; empty where the format has no words for it. */
  write(batch: ChunkBatch): string;
  /** Text for the end of the chunks; empty where the stream has come to its end before. */
  end(): string;
}

/** Reads one vendor's stream. */
export interface StreamDecoder {
  /** The end marker or an error has come: nothing more is read. */
  readonly isOver: boolean;
  /** What frames say; empty where they say nothing. */
  read(frames: readonly SseFrame[]): ChunkBatch;
}

/** A wire format that callers speak. Pure: no I/O, no state between calls. */
export interface InboundFormat {
  readonly name: WireFormatName;
  /**
   * Reads a request body.
   * @throws GatewayError `invalid_request` with every fault in `details`, each naming the member, what was found and
   * what was expected
   */
  decodeRequest(body: OriginalBody): ChatRequest;
  /**
   * What a body says beyond its canonical reading, for those who must tell two requests apart; `undefined` where the
   * reading holds it all. Two bodies of this format with equal readings and equal rests ask for the same.
   */
  readRest(json: JsonObject): JsonValue | undefined;
  /** Writes a whole answer as JSON text; the original text where the answer came in this format. */
  encodeResponse(result: ChatResult, context: AnswerContext): string;
  /**
   * Makes the writer of one stream. `source` is the format of the frames in the chunks; `undefined`: they have none, all
   * is written from the events.
   */
  createStreamEncoder(source: WireFormatName | undefined, context: AnswerContext): StreamEncoder;
  /** The HTTP status of an error, where the format has its own rule. */
  errorStatus?(error: GatewayError): number;
  /** Writes an error body as JSON text. */
  encodeError(error: GatewayError, requestId: string): string;
}

/** Kinds of input that a model may not know. Text is known to all. */
export type InputKind = 'image' | 'document' | 'audio';

/** What one target can do and how it wants to be asked; prepared when the configuration loads. */
export interface TargetTraits {
  /** Which member carries the length limit in OpenAI's format. */
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens' | undefined;
  /** Sent where the format demands a limit and the caller gave none. */
  readonly defaultMaxTokens?: number | undefined;
  /** Whether `stream_options.include_usage` may be sent. Default: true. */
  readonly streamUsage?: boolean | undefined;
  /** Which member carries reasoning text in requests. Default: `reasoning_content`. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning' | undefined;
  /** Whether JSON Schema is enforced by the vendor; `false` asks through a hidden tool or JSON mode. Default: true. */
  readonly jsonSchema?: boolean | undefined;
  /**
   * How reasoning effort is asked for in Anthropic's format (default: `budget`) and in Gemini's (default: `adaptive`,
   * which there means by level, as Gemini 3 wants it).
   */
  readonly thinking?: 'adaptive' | 'budget' | 'none' | undefined;
  /** Levels of thinking that a model of Gemini's format knows, the lowest first. Default: low, medium, high. */
  readonly effortLevels?: readonly string[] | undefined;
  /** Whether a model of Gemini's format that thinks by budget can be told not to think. Default: true. */
  readonly reasoningOff?: boolean | undefined;
  /** Whether it reasons also where the request does not ask for it: its first word may then take long. Default: false. */
  readonly reasonsUnasked?: boolean | undefined;
  /** Whether `developer` messages are known; `false` sends them as `system`. Default: false. */
  readonly developerRole?: boolean | undefined;
  /** Whether tools with free text as their input are known; others are left out when translated. Default: false. */
  readonly customTools?: boolean | undefined;
  /** What it takes beside text. Default: not known, everything is sent. */
  readonly input?: readonly InputKind[] | undefined;
  /** Whether a tool may be forced (`tool_choice`). Default: true. */
  readonly forcedTools?: boolean | undefined;
  /** Whether `n` above 1 is served. Default: true in OpenAI's format. */
  readonly multipleChoices?: boolean | undefined;
  /** What it understands of a `provider` object itself: all of it, or these members. Default: nothing, it is not sent. */
  readonly preferences?: 'all' | readonly string[] | undefined;
  /** Members of the vendor's request that it refuses; dropped when sent from another member, and reported. */
  readonly unsupported?: readonly string[] | undefined;
}

export interface EncodeOptions {
  /** The vendor's name of the model. */
  readonly model: string;
  readonly traits: TargetTraits;
  /**
   * The signed or encrypted reasoning in the conversation was made for another key, which alone can read it: it is left
   * out.
   */
  readonly foreignReasoning?: boolean | undefined;
}

export interface EncodedRequest {
  /** JSON text. */
  readonly body: string;
  /** Members of the caller's request that the target cannot take and that were left out, by their caller's names. */
  readonly dropped: readonly string[];
  /** The caller's own body, changed only in what routing has to change: what a vendor refuses of it, its caller wrote. */
  readonly isVerbatim: boolean;
  /** Headers that belong to this body (`anthropic-beta`). */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the decoders of this call must know: names that were changed, tools that must stay hidden. */
  readonly decoding?: DecodeOptions | undefined;
}

/** What was changed on the way out and must be changed back on the way in. */
export interface DecodeOptions {
  /** Tool names as sent -> as the caller wrote them. */
  readonly toolNames?: ReadonlyMap<string, string> | undefined;
  /** The name of the hidden tool whose arguments are the answer's text. */
  readonly answerTool?: string | undefined;
}

/** A wire format that vendors speak. Pure: no I/O, no state between calls. */
export interface OutboundFormat {
  readonly name: WireFormatName;
  /** @throws GatewayError `unsupported_parameter` naming the member that the target cannot do and that must not be dropped */
  encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest;
  /** @throws UnreadableAnswer when the text is not an answer of this format */
  decodeResponse(text: string, options?: DecodeOptions): ChatResult;
  /** Makes the reader of one stream. */
  createStreamDecoder(options?: DecodeOptions): StreamDecoder;
  decodeError(response: VendorErrorResponse): VendorError;
}

/** A vendor's 200 whose body is not an answer: not JSON, no choices, an error in the place of an answer. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
  /** The error that stood in the place of the answer. */
  readonly vendorError: VendorError | undefined;

  constructor(message: string, vendorError?: VendorError) {
    super(message);
    this.vendorError = vendorError;
  }
}
