import type { AssistantPart, ContentPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readObject, readString } from '../json/read-json.js';
import { toMediaSource } from './map-data-uri.js';
import type { RequestReader } from './request-reader.js';

/**
 * Reads a message's `content`: a string or an array of parts. Empty text gives no part. A part of an unknown type is
 * kept as it came, for vendors that know it.
 */
export function decodeContent(
  value: JsonValue | undefined,
  path: string,
  reader: RequestReader,
): ContentPart[] {
  const parts: ContentPart[] = [];
  for (const part of decodeParts(value, path, reader)) {
    if (part.type === 'reasoning' || part.type === 'redacted-reasoning' || part.type === 'tool-call')
      continue;
    parts.push(part.type === 'refusal' ? { type: 'text', text: part.text } : part);
  }
  return parts;
}

/** Like `decodeContent`, with what only assistants say: refusals, and Mistral's `thinking` parts. */
export function decodeParts(
  value: JsonValue | undefined,
  path: string,
  reader: RequestReader,
): AssistantPart[] {
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  if (!Array.isArray(value)) {
    reader.fault(path, `must be a string or an array of parts, found ${describeJson(value)}`);
    return [];
  }
  const parts: AssistantPart[] = [];
  for (const [index, item] of value.entries()) {
    const itemPath = `${path}[${String(index)}]`;
    if (typeof item === 'string') parts.push({ type: 'text', text: item });
    else if (!isJsonObject(item))
      reader.fault(itemPath, `must be an object with a type, found ${describeJson(item)}`);
    else {
      const part = decodePart(item, itemPath, reader);
      if (part !== undefined) parts.push(part);
    }
  }
  return parts;
}

function decodePart(item: JsonObject, path: string, reader: RequestReader): AssistantPart | undefined {
  const cacheControl = readObject(item['cache_control']);
  const marker = cacheControl === undefined ? undefined : { cacheControl };
  switch (item['type']) {
    case 'text':
    case 'input_text':
    case 'output_text': {
      const text = requireString(item['text'], `${path}.text`, reader);
      return text === undefined ? undefined : { type: 'text', text, ...marker };
    }
    case 'image_url': {
      const image = readObject(item['image_url']);
      const url = requireString(
        image === undefined ? item['image_url'] : image['url'],
        `${path}.image_url.url`,
        reader,
      );
      const detail = readString(image?.['detail']);
      if (url === undefined) return undefined;
      return {
        type: 'image',
        source: toMediaSource(url),
        ...(detail === '' ? undefined : { detail }),
        ...marker,
      };
    }
    case 'input_audio': {
      const audio = readObject(item['input_audio']);
      const data = requireString(audio?.['data'], `${path}.input_audio.data`, reader);
      const encoding = requireString(audio?.['format'], `${path}.input_audio.format`, reader);
      return data === undefined || encoding === undefined ? undefined : { type: 'audio', data, encoding };
    }
    case 'file':
      return decodeFile(item, path, reader);
    case 'refusal': {
      const text = requireString(item['refusal'], `${path}.refusal`, reader);
      return text === undefined ? undefined : { type: 'refusal', text };
    }
    case 'thinking':
      return { type: 'reasoning', text: readThinkingText(item['thinking']) };
    default:
      if (typeof item['type'] !== 'string') {
        reader.fault(`${path}.type`, `must be a string, found ${describeJson(item['type'])}`);
        return undefined;
      }
      return { type: 'opaque', format: 'openai-chat', value: item };
  }
}

function decodeFile(item: JsonObject, path: string, reader: RequestReader): AssistantPart | undefined {
  const file = readObject(item['file']);
  const filename = readString(file?.['filename']);
  const cacheControl = readObject(item['cache_control']);
  const about = {
    ...(filename === '' ? undefined : { filename }),
    ...(cacheControl === undefined ? undefined : { cacheControl }),
  };
  const fileId = readString(file?.['file_id']);
  if (fileId !== '') return { type: 'document', source: { kind: 'file', fileId }, ...about };
  const data = requireString(file?.['file_data'], `${path}.file.file_data`, reader);
  if (data === undefined) return undefined;
  if (data.startsWith('data:') || /^https?:/.test(data))
    return { type: 'document', source: toMediaSource(data), ...about };
  return { type: 'document', source: { kind: 'base64', mediaType: toMediaType(filename), data }, ...about };
}

/** Mistral's thinking is a list of text parts; others write a plain string. */
export function readThinkingText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  let text = '';
  for (const item of value) if (isJsonObject(item)) text += readString(item['text']);
  return text;
}

function toMediaType(filename: string): string {
  return /\.(txt|md|csv)$/i.test(filename) ? 'text/plain' : 'application/pdf';
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
