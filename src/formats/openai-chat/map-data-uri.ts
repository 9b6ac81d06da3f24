import type { MediaSource } from '../../contract/content.js';

/** Splits `data:image/png;base64,...`; any other text is taken for a URL. Nothing of the payload is copied. */
export function toMediaSource(url: string): MediaSource {
  if (!url.startsWith('data:')) return { kind: 'url', url };
  const comma = url.indexOf(',');
  const head = url.slice(5, comma === -1 ? undefined : comma);
  const mediaType = head.split(';', 1)[0] ?? '';
  if (comma === -1) return { kind: 'url', url };
  if (/;\s*base64$/i.test(head))
    return { kind: 'base64', mediaType: mediaType.toLowerCase(), data: url.slice(comma + 1) };
  return { kind: 'text', mediaType: mediaType || 'text/plain', text: decodeText(url.slice(comma + 1)) };
}

/** The URL or data URI of a source; `undefined` for a file id, which is no address. */
export function toMediaUrl(source: MediaSource): string | undefined {
  switch (source.kind) {
    case 'url':
      return source.url;
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`;
    case 'text':
      return `data:${source.mediaType},${encodeURIComponent(source.text)}`;
    case 'file':
      return undefined;
  }
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
