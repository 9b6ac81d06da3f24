import type { JsonObject } from '../../contract/json.js';

/** Gathers the events of one stream as SSE text and numbers them. */
export class EventSink {
  private text = '';
  private sequence: number;

  constructor(firstSequence = 0) {
    this.sequence = firstSequence;
  }

  emit(type: string, members: JsonObject): void {
    const data = JSON.stringify({ type, ...members, sequence_number: this.sequence });
    this.text += `event: ${type}\ndata: ${data}\n\n`;
    this.sequence += 1;
  }

  /** A delta behind a head that its part has prepared with `toDeltaHead`. */
  emitDelta(head: string, delta: string): void {
    this.text += `${head}${JSON.stringify(delta)},"sequence_number":${String(this.sequence)}}\n\n`;
    this.sequence += 1;
  }

  /** What the SSE specification calls a comment: it keeps the connection busy and no client sees it. */
  ping(): void {
    this.text += ': ping\n\n';
  }

  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

/** Everything that the deltas of one part have in common, up to the delta itself. */
export function toDeltaHead(type: string, members: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...members }).slice(0, -1)},"delta":`;
}
