import type { AssistantPart, ContentPart, DocumentPart, ImagePart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readObject, readString } from '../json/read-json.js';
import { toMediaSource } from '../openai-chat/map-data-uri.js';
import type { RequestReader } from '../openai-chat/request-reader.js';

/** Reads the content of a user message or of a tool's output, where a refusal is plain text. */
export function decodeContent(
  value: JsonValue | undefined,
  path: string,
  reader: RequestReader,
): ContentPart[] {
  return decodeParts(value, path, reader).map((part) =>
    part.type === 'refusal' ? { type: 'text', text: part.text } : part,
  );
}

type MessagePart = ContentPart | Extract<AssistantPart, { type: 'refusal' }>;

/** Reads a message's `content`: a string or an array of parts. A part of an unknown type is kept as it came. */
export function decodeParts(
  value: JsonValue | undefined,
  path: string,
  reader: RequestReader,
): MessagePart[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  if (!Array.isArray(value)) {
    reader.fault(path, `must be a string or an array of parts, found ${describeJson(value)}`);
    return [];
  }
  const parts: MessagePart[] = [];
  for (const [index, item] of value.entries()) {
    const itemPath = `${path}[${String(index)}]`;
    if (!isJsonObject(item)) {
      reader.fault(itemPath, `must be an object with a type, found ${describeJson(item)}`);
      continue;
    }
    const part = decodePart(item, itemPath, reader);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

function decodePart(item: JsonObject, path: string, reader: RequestReader): MessagePart | undefined {
  switch (item['type']) {
    case 'input_text':
    case 'output_text':
    case 'text': {
      const text = requireString(item['text'], `${path}.text`, reader);
      if (text === undefined) return undefined;
      const { annotations } = item;
      if (!Array.isArray(annotations) || annotations.length === 0) return { type: 'text', text };
      return {
        type: 'text',
        text,
        annotations: { format: 'openai-responses', items: annotations.filter(isJsonObject) },
      };
    }
    case 'refusal': {
      const text = requireString(item['refusal'], `${path}.refusal`, reader);
      return text === undefined ? undefined : { type: 'refusal', text };
    }
    case 'input_image':
      return decodeImage(item, path, reader);
    case 'input_file':
      return decodeFile(item, path, reader);
    case 'input_audio': {
      const audio = readObject(item['input_audio']);
      const data = requireString(audio?.['data'], `${path}.input_audio.data`, reader);
      const encoding = requireString(audio?.['format'], `${path}.input_audio.format`, reader);
      return data === undefined || encoding === undefined ? undefined : { type: 'audio', data, encoding };
    }
    default:
      if (typeof item['type'] !== 'string') {
        reader.fault(`${path}.type`, `must be a string, found ${describeJson(item['type'])}`);
        return undefined;
      }
      return { type: 'opaque', format: 'openai-responses', value: item };
  }
}

function decodeImage(item: JsonObject, path: string, reader: RequestReader): ImagePart | undefined {
  const detail = readString(item['detail']);
  const about = detail === '' ? undefined : { detail };
  const fileId = readString(item['file_id']);
  if (fileId !== '') return { type: 'image', source: { kind: 'file', fileId }, ...about };
  const url = item['image_url'];
  if (typeof url === 'string' && url !== '') return { type: 'image', source: toMediaSource(url), ...about };
  reader.fault(
    `${path}.image_url`,
    `must be a URL or a data URI as a string, unless file_id is given, found ${describeJson(url)}`,
  );
  return undefined;
}

function decodeFile(item: JsonObject, path: string, reader: RequestReader): DocumentPart | undefined {
  const filename = readString(item['filename']);
  const about = filename === '' ? undefined : { filename };
  const fileId = readString(item['file_id']);
  if (fileId !== '') return { type: 'document', source: { kind: 'file', fileId }, ...about };
  const url = readString(item['file_url']);
  if (url !== '') return { type: 'document', source: toMediaSource(url), ...about };
  const data = item['file_data'];
  if (typeof data !== 'string' || data === '') {
    reader.fault(
      `${path}.file_data`,
      `must be a data URI or base64 as a string, unless file_url or file_id is given, found ${describeJson(data)}`,
    );
    return undefined;
  }
  if (data.startsWith('data:')) return { type: 'document', source: toMediaSource(data), ...about };
  const mediaType = /\.(txt|md|csv)$/i.test(filename) ? 'text/plain' : 'application/pdf';
  return { type: 'document', source: { kind: 'base64', mediaType, data }, ...about };
}

function requireString(
  value: JsonValue | undefined,
  path: string,
  reader: RequestReader,
): string | undefined {
  if (typeof value === 'string') return value;
  reader.fault(path, `must be a string, found ${describeJson(value)}`);
  return undefined;
}
