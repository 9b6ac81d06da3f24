import type { AudioPart, DocumentPart, ImagePart, MediaSource } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';

/** Media types by the endings that addresses carry: Gemini fetches https addresses, but does not always guess their type. */
const TYPE_OF_ENDING: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  html: 'text/html',
  csv: 'text/csv',
  json: 'application/json',
};

/**
 * Writes a picture or a document as `inlineData`, `fileData` or text.
 * https://ai.google.dev/gemini-api/docs/file-input-methods
 * @throws GatewayError `unsupported_parameter` naming `path`; the message never holds the data
 */
export function encodeMedia(part: ImagePart | DocumentPart, path: string): JsonObject {
  const { source } = part;
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: normaliseType(source.mediaType), data: source.data } };
    case 'url':
      return { fileData: encodeAddress(source, path) };
    case 'text':
      return { text: source.text };
    case 'file':
      throw refuse(
        path,
        "names a file in another vendor's store, which the target cannot read; send the data itself",
      );
  }
}

export function encodeAudio(part: AudioPart): JsonObject {
  const encoding = part.encoding.toLowerCase();
  const mimeType = encoding.includes('/') ? encoding : `audio/${encoding === 'mpeg' ? 'mp3' : encoding}`;
  return { inlineData: { mimeType, data: part.data } };
}

function encodeAddress({ url }: Extract<MediaSource, { kind: 'url' }>, path: string): JsonObject {
  if (!/^(?:https|gs):\/\//i.test(url)) {
    const scheme = /^[a-z][a-z0-9+.-]{0,20}:/i.exec(url)?.[0] ?? 'no scheme';
    throw refuse(path, `has an address with ${scheme}; the target takes https addresses and base64 data`);
  }
  const ending = /\.([a-z0-9]{2,5})(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const mimeType = TYPE_OF_ENDING[ending];
  return mimeType === undefined ? { fileUri: url } : { mimeType, fileUri: url };
}

/** `image/jpg` is no registered type, but clients send it for JPEG. */
function normaliseType(mediaType: string): string {
  const lower = mediaType.toLowerCase();
  return lower === 'image/jpg' ? 'image/jpeg' : lower;
}

function refuse(path: string, fault: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${path} ${fault}`, { param: path });
}
