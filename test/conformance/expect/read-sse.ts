export interface ReadFrame {
  readonly event: string | undefined;
  readonly data: string;
}

/**
 * Server-sent events by hand, from the whole body at once: lines end with LF, CRLF or CR, blank lines end events, lines
 * that begin with a colon are comments. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function readSse(body: Uint8Array): readonly ReadFrame[] {
  const text = new TextDecoder().decode(body);
  const frames: ReadFrame[] = [];
  for (const block of text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n\n')) {
    let event: string | undefined;
    const data: string[] = [];
    for (const line of block.split('\n')) {
      if (line.startsWith('event:')) event = line.slice('event:'.length).trimStart();
      if (line.startsWith('data:')) data.push(line.slice('data:'.length).replace(/^ /, ''));
    }
    if (data.length > 0) frames.push({ event, data: data.join('\n') });
  }
  return frames;
}
