import type { ContentPart, DocumentPart, ImagePart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import type { WireFormatName } from '../../contract/wire-format-name.js';
import { toMediaUrl } from '../openai-chat/map-data-uri.js';

export interface ContentNotes {
  /** The caller's format: file ids of OpenAI's chat format are good here too. */
  readonly source: WireFormatName;
  /** Takes the paths of parts that are left out. */
  readonly dropped: Set<string>;
}

/**
 * Content of a user message or of a tool's output: a plain string where it is one text, else parts.
 * @throws GatewayError `unsupported_parameter` naming `path` for a file in another vendor's store, and for a part that
 * only another format knows
 */
export function encodeContent(content: readonly ContentPart[], path: string, notes: ContentNotes): JsonValue {
  const only = content[0];
  if (only === undefined) return '';
  if (content.length === 1 && only.type === 'text') return only.text;
  return content.map((part) => encodePart(part, path, notes));
}

function encodePart(part: ContentPart, path: string, notes: ContentNotes): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return encodeImage(part, path, notes);
    case 'document':
      return encodeDocument(part, path, notes);
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.encoding } };
    case 'opaque':
      if (part.format === 'openai-responses') return part.value;
      // Left out, the question would be another one.
      throw unsupported(path, 'has a part of a type that this target cannot take');
  }
}

function encodeImage(part: ImagePart, path: string, notes: ContentNotes): JsonObject {
  const detail = part.detail ?? 'auto';
  if (part.source.kind === 'file')
    return { type: 'input_image', file_id: toFileId(part.source.fileId, path, notes), detail };
  return { type: 'input_image', image_url: toMediaUrl(part.source), detail };
}

function encodeDocument(part: DocumentPart, path: string, notes: ContentNotes): JsonObject {
  switch (part.source.kind) {
    case 'text':
      return { type: 'input_text', text: part.source.text };
    case 'base64':
      return {
        type: 'input_file',
        filename: part.filename ?? 'document.pdf',
        file_data: toMediaUrl(part.source),
      };
    case 'url':
      return { type: 'input_file', file_url: part.source.url };
    case 'file':
      return { type: 'input_file', file_id: toFileId(part.source.fileId, path, notes) };
  }
}

function toFileId(fileId: string, path: string, notes: ContentNotes): string {
  if (notes.source !== 'anthropic-messages' && notes.source !== 'gemini') return fileId;
  throw unsupported(path, 'names a file in a store that this target cannot read; send it as base64');
}

function unsupported(path: string, problem: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${path} ${problem}`, { param: path });
}
