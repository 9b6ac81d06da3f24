import type { JsonObject, JsonValue } from './json.js';
import type { Usage } from './usage.js';
import type { VendorError, VendorErrorResponse } from './vendor-error.js';

/** The formats in which embeddings are asked for and given. Callers speak OpenAI's only. */
export type EmbeddingsFormatName = 'openai-embeddings' | 'gemini';

/** An embeddings request beside the body that it was read from. */
export interface EmbeddingsRequest {
  readonly original: {
    /** The JSON text, unchanged. */
    readonly text: string;
    readonly json: JsonObject;
  };
  /** As the caller named it; `undefined` asks for the default route. */
  readonly model: string | undefined;
  /** A provider that the caller pinned by name. */
  readonly provider?: string | undefined;
  /** A text, texts, tokens, or lists of tokens; checked, otherwise as it came. */
  readonly input: JsonValue;
  readonly dimensions?: number | undefined;
  readonly encodingFormat?: 'float' | 'base64' | undefined;
  readonly user?: string | undefined;
  /** Members of the body that have no place above. */
  readonly extensions?: Readonly<Record<string, JsonValue>> | undefined;
}

/** Numbers, or base64 of 32-bit floats where the request asks for that. */
export type EmbeddingVector = readonly number[] | string;

/** A whole answer beside the vendor's own body. */
export interface EmbeddingsResult {
  /** Absent where the gateway put the answer together. */
  readonly original?: { readonly format: EmbeddingsFormatName; readonly text: string } | undefined;
  /** What the vendor says it served; empty where it does not say. */
  readonly model: string;
  /** How many vectors it brought; at least one. */
  readonly count: number;
  /** The vectors in the order of the inputs; absent where the original is in the caller's format and goes on as it is. */
  readonly vectors?: readonly EmbeddingVector[] | undefined;
  readonly usage?: Usage | undefined;
}

export interface EncodedEmbeddingsRequest {
  /** JSON text. */
  readonly body: string;
  /** Members of the caller's request that were left out, by their caller's names. */
  readonly dropped: readonly string[];
}

/** How vendors are asked for embeddings. Pure: no I/O, no state between calls. */
export interface EmbeddingsOutboundFormat {
  readonly name: EmbeddingsFormatName;
  /** @throws GatewayError `unsupported_parameter` naming what the target cannot do */
  encodeRequest(request: EmbeddingsRequest, options: { readonly model: string }): EncodedEmbeddingsRequest;
  /** @throws UnreadableAnswer when the text is not an answer of this format */
  decodeResponse(text: string): EmbeddingsResult;
  decodeError(response: VendorErrorResponse): VendorError;
}
