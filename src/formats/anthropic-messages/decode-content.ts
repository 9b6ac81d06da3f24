import type { ContentPart, MediaSource, TextPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { readArray, readObject, readString } from '../json/read-json.js';
import type { RequestFaults } from './request-faults.js';

/** Content that is a string or an array of blocks, as blocks with their paths. Absent content is empty. */
export function listBlocks(
  content: JsonValue | undefined,
  path: string,
  faults: RequestFaults,
): readonly (readonly [JsonObject, string])[] {
  if (typeof content === 'string') return [[{ type: 'text', text: content }, path]];
  if (!Array.isArray(content)) {
    faults.expect(path, 'a string or an array of content blocks', content);
    return [];
  }
  const blocks: (readonly [JsonObject, string])[] = [];
  for (const [index, block] of content.entries()) {
    const blockPath = `${path}[${String(index)}]`;
    if (!isJsonObject(block)) faults.expect(blockPath, 'a content block', block);
    else if (typeof block['type'] !== 'string') faults.expect(`${blockPath}.type`, 'a string', block['type']);
    else blocks.push([block, blockPath]);
  }
  return blocks;
}

/** Reads a block that may stand in any turn and in a tool result; kinds that nobody here knows stay as they are. */
export function decodeContentBlock(block: JsonObject, path: string, faults: RequestFaults): ContentPart {
  const cacheControl = readObject(block['cache_control']);
  switch (block['type']) {
    case 'text':
      return decodeTextBlock(block, path, faults);
    case 'image':
      return { type: 'image', source: decodeSource(block['source'], `${path}.source`, faults), cacheControl };
    case 'document':
      return {
        type: 'document',
        source: decodeSource(block['source'], `${path}.source`, faults),
        filename: faults.readString(block, 'title', `${path}.title`),
        cacheControl,
      };
    case 'search_result':
      // To other formats a search result is a document: its text is what the question is about.
      return {
        type: 'document',
        source: { kind: 'text', mediaType: 'text/plain', text: joinText(readArray(block['content'])) },
        filename: readString(block['title']) || readString(block['source']) || undefined,
        cacheControl,
      };
    default:
      return { type: 'opaque', format: 'anthropic-messages', value: block };
  }
}

export function decodeTextBlock(block: JsonObject, path: string, faults: RequestFaults): TextPart {
  const text = block['text'];
  if (typeof text !== 'string') faults.expect(`${path}.text`, 'a string', text);
  const citations = readArray(block['citations']).filter(isJsonObject);
  return {
    type: 'text',
    text: readString(text),
    cacheControl: readObject(block['cache_control']),
    ...(citations.length === 0 ? {} : { annotations: { format: 'anthropic-messages', items: citations } }),
  };
}

function decodeSource(source: JsonValue | undefined, path: string, faults: RequestFaults): MediaSource {
  const nothing: MediaSource = { kind: 'text', mediaType: 'text/plain', text: '' };
  if (!isJsonObject(source)) {
    faults.expect(path, 'an object', source);
    return nothing;
  }
  const text = (member: string): string => faults.requireString(source, member, `${path}.${member}`);
  switch (source['type']) {
    case 'base64':
      return { kind: 'base64', mediaType: text('media_type'), data: text('data') };
    case 'url':
      return { kind: 'url', url: text('url') };
    case 'file':
      return { kind: 'file', fileId: text('file_id') };
    case 'text':
      return {
        kind: 'text',
        mediaType: readString(source['media_type']) || 'text/plain',
        text: text('data'),
      };
    case 'content': {
      const content = source['content'];
      return { ...nothing, text: typeof content === 'string' ? content : joinText(readArray(content)) };
    }
    default:
      faults.expect(`${path}.type`, 'base64, url, file, text or content', source['type']);
      return nothing;
  }
}

function joinText(blocks: readonly JsonValue[]): string {
  return blocks
    .filter(isJsonObject)
    .map((block) => readString(block['text']))
    .filter(Boolean)
    .join('\n');
}
