import type { DocumentPart, ImagePart } from '../../contract/content.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject } from '../../contract/json.js';

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

/**
 * @throws GatewayError `unsupported_parameter` naming `path` for media types and addresses that Anthropic does not take;
 * the message never holds the data
 */
export function encodeImage(part: ImagePart, path: string): JsonObject {
  return { type: 'image', source: encodeImageSource(part, path), cache_control: part.cacheControl };
}

function encodeImageSource(part: ImagePart, path: string): JsonObject {
  const { source } = part;
  switch (source.kind) {
    case 'base64': {
      const mediaType = normaliseImageType(source.mediaType);
      if (!IMAGE_TYPES.has(mediaType)) {
        throw refuse(
          path,
          `is an image of type "${source.mediaType.slice(0, 80)}"; the target takes image/jpeg, image/png, image/gif and image/webp`,
        );
      }
      return { type: 'base64', media_type: mediaType, data: source.data };
    }
    case 'url':
      return { type: 'url', url: requireHttps(source.url, path) };
    case 'text':
      throw refuse(path, 'is an image given as text; the target takes base64 data and https addresses');
    case 'file':
      throw refuseFile(path);
  }
}

/** @throws GatewayError `unsupported_parameter` as `encodeImage` */
export function encodeDocument(part: DocumentPart, path: string): JsonObject {
  return {
    type: 'document',
    source: encodeDocumentSource(part, path),
    title: part.filename,
    cache_control: part.cacheControl,
  };
}

function encodeDocumentSource(part: DocumentPart, path: string): JsonObject {
  const { source } = part;
  switch (source.kind) {
    case 'base64': {
      const mediaType = source.mediaType.toLowerCase();
      if (mediaType === 'application/pdf') {
        return { type: 'base64', media_type: mediaType, data: source.data };
      }
      if (mediaType.startsWith('text/') || mediaType === 'application/json') {
        return toTextSource(Buffer.from(source.data, 'base64').toString('utf8'));
      }
      throw refuse(
        path,
        `is a document of type "${source.mediaType.slice(0, 80)}"; the target takes application/pdf and text`,
      );
    }
    case 'text':
      return toTextSource(source.text);
    case 'url':
      return { type: 'url', url: requireHttps(source.url, path) };
    case 'file':
      throw refuseFile(path);
  }
}

function toTextSource(text: string): JsonObject {
  return { type: 'text', media_type: 'text/plain', data: text };
}

/** `image/jpg` is no registered type, but clients send it for JPEG. */
function normaliseImageType(mediaType: string): string {
  const lower = mediaType.toLowerCase();
  return lower === 'image/jpg' ? 'image/jpeg' : lower;
}

function requireHttps(url: string, path: string): string {
  if (/^https:\/\//i.test(url)) return url;
  const scheme = /^[a-z][a-z0-9+.-]{0,20}:/i.exec(url)?.[0] ?? 'no scheme';
  throw refuse(path, `has an address with ${scheme}; the target takes https addresses and base64 data`);
}

function refuseFile(path: string): GatewayError {
  return refuse(
    path,
    "names a file in another vendor's store, which the target cannot read; send the data itself",
  );
}

function refuse(path: string, fault: string): GatewayError {
  return new GatewayError('unsupported_parameter', `${path} ${fault}`, { param: path });
}
