import type { ContentPart, DocumentPart, ImagePart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { toMediaUrl } from './map-data-uri.js';

/**
 * A user message's content: a plain string where it is one text, else parts.
 * @throws GatewayError `unsupported_parameter` for a part that OpenAI's format has no words for
 */
export function encodeContent(content: readonly ContentPart[], path: string): JsonValue {
  const only = content[0];
  if (only === undefined) return '';
  if (content.length === 1 && only.type === 'text') return only.text;
  return encodeParts(content, path);
}

/** @throws GatewayError as `encodeContent` */
export function encodeParts(content: readonly ContentPart[], path: string): JsonObject[] {
  return content.map((part) => encodePart(part, path));
}

/** The text of a message that may hold nothing else; parts are joined by line feeds. */
export function encodeTextContent(content: readonly ContentPart[], path: string): string {
  const texts: string[] = [];
  for (const part of content) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'document' && part.source.kind === 'text') texts.push(part.source.text);
    else throw unsupported(path, `can only be text for this target, found ${part.type}`);
  }
  return texts.join('\n');
}

function encodePart(part: ContentPart, path: string): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return encodeImage(part, path);
    case 'document':
      return encodeDocument(part, path);
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.encoding } };
    case 'opaque':
      if (part.format === 'openai-chat') return part.value;
      // Left out, the question would be another one.
      throw unsupported(path, 'has a part of a type that this target cannot take');
  }
}

/** @throws GatewayError for an image in another vendor's file store */
function encodeImage(part: ImagePart, path: string): JsonObject {
  const url = toMediaUrl(part.source);
  if (url === undefined)
    throw unsupported(path, 'names an image in a file store that this target cannot read');
  return {
    type: 'image_url',
    image_url: { url, ...(part.detail === undefined ? undefined : { detail: part.detail }) },
  };
}

/** @throws GatewayError for a document that is only an address or an id */
function encodeDocument(part: DocumentPart, path: string): JsonObject {
  switch (part.source.kind) {
    case 'text':
      return { type: 'text', text: part.source.text };
    case 'base64':
      return {
        type: 'file',
        file: { filename: part.filename ?? 'document.pdf', file_data: toMediaUrl(part.source) },
      };
    case 'url':
      throw unsupported(path, 'has a document by URL, which this target cannot fetch; send it as base64');
    case 'file':
      throw unsupported(path, 'names a document in a file store that this target cannot read');
  }
}

function unsupported(path: string, problem: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${path} ${problem}`, { param: path });
}
