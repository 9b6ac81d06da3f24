import type { ContentPart, ToolMessage } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { parseJson } from '../json/parse-json.js';
import { encodeParts, type EncodingNotes } from './encode-parts.js';

export interface ToolResultContext {
  /** Of the call that is answered, as the target knows it. */
  readonly id: string;
  readonly name: string;
  /** The message's: `messages[3]`. */
  readonly path: string;
  readonly notes: EncodingNotes;
}

export interface EncodedToolResult {
  readonly response: JsonObject;
  /** Pictures and documents of the result, for models that take them only beside the response. */
  readonly beside: readonly JsonObject[];
}

/**
 * Writes the result of a call. Gemini wants an object: the text of an object becomes that object, any other text the
 * member `result`, or `error` where the tool failed.
 */
export function encodeToolResult(message: ToolMessage, context: ToolResultContext): EncodedToolResult {
  const { id, name, notes } = context;
  const texts: string[] = [];
  const media: ContentPart[] = [];
  for (const part of message.content) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'document' && part.source.kind === 'text') texts.push(part.source.text);
    else if (part.type === 'opaque') texts.push(JSON.stringify(part.value));
    else media.push(part);
  }
  const parts = encodeParts(media, `${context.path}.content`);
  const inside = notes.isGemini3 && parts.length > 0 ? parts : undefined;
  const response = {
    functionResponse: {
      id: id === '' ? undefined : id,
      name,
      response: toResponse(texts.join('\n'), message.isError === true),
      parts: inside,
    },
  };
  return { response, beside: inside === undefined ? parts : [] };
}

function toResponse(text: string, isError: boolean): JsonObject {
  if (isError) return { error: text === '' ? 'The tool failed.' : text };
  if (!text.trimStart().startsWith('{')) return { result: text };
  try {
    const value: JsonValue = parseJson(text);
    return isJsonObject(value) ? value : { result: text };
  } catch {
    return { result: text };
  }
}
