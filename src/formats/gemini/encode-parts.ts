import type { ContentPart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';
import { encodeAudio, encodeMedia } from './encode-media.js';

/** What the encoding of one conversation needs and collects on the way. */
export interface EncodingNotes {
  readonly toolName: (name: string) => string;
  /** Whether a function call without a signature is refused, and media may stand inside a function's response. */
  readonly isGemini3: boolean;
  /** Names of what was left out. */
  readonly dropped: Set<string>;
}

/**
 * Writes parts of a user turn or of a tool result. Empty text is left out: Gemini refuses it.
 * @throws GatewayError `unsupported_parameter` for parts that Gemini cannot take, naming `path`
 */
export function encodeParts(parts: readonly ContentPart[], path: string): JsonObject[] {
  const encoded: JsonObject[] = [];
  for (const [index, part] of parts.entries()) {
    const partPath = `${path}[${String(index)}]`;
    switch (part.type) {
      case 'text':
        if (part.text !== '') encoded.push({ text: part.text });
        break;
      case 'image':
      case 'document':
        encoded.push(encodeMedia(part, partPath));
        break;
      case 'audio':
        encoded.push(encodeAudio(part));
        break;
      case 'opaque':
        if (part.format !== 'gemini') {
          // Left out, the question would be another one.
          throw new GatewayError(
            'unsupported_parameter',
            `${partPath} is of a type that the target cannot take`,
            {
              param: partPath,
            },
          );
        }
        encoded.push(part.value);
        break;
    }
  }
  return encoded;
}
