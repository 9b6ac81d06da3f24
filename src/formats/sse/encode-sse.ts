import type { SseFrame } from '../../contract/chat-event.js';

/** Writes one server-sent event with its blank line. Data with line breaks takes a `data:` line for each. */
export function encodeSse(frame: SseFrame): string {
  const data = frame.data;
  const lines =
    data.includes('\n') || data.includes('\r')
      ? `data: ${data.split(/\r\n|\r|\n/).join('\ndata: ')}\n\n`
      : `data: ${data}\n\n`;
  if (frame.event === undefined && frame.id === undefined) return lines;
  return `${frame.event === undefined ? '' : `event: ${frame.event}\n`}${frame.id === undefined ? '' : `id: ${frame.id}\n`}${lines}`;
}
