import { createParser } from 'eventsource-parser';
import type { SseFrame } from '../../contract/chat-event.js';

const MAX_EVENT_CHARACTERS = 32 * 1024 * 1024;
const NO_FRAMES: readonly SseFrame[] = [];

const newTextDecoder = (): TextDecoder => new TextDecoder('utf-8', { ignoreBOM: true });
/** For bytes that are whole characters. Serves all streams, as it keeps nothing. */
const WHOLE_CHARACTERS = newTextDecoder();

/** A limit of ours, not a fault of who sends it. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';

  constructor() {
    super('an event of the answer is larger than the limit of 32 MiB');
  }
}

/** Reads the server-sent events of one stream from bytes that may be cut anywhere. */
export class SseDecoder {
  private frames: SseFrame[] = [];
  /** For characters that are cut; most streams never need it. */
  private text: TextDecoder | undefined;
  private hasCutCharacter = false;
  private readonly parser = createParser({
    maxBufferSize: MAX_EVENT_CHARACTERS,
    onEvent: (event) => {
      this.frames.push(event);
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') {
        throw new EventTooLarge();
      }
    },
  });

  /**
   * The frames that are complete with these bytes.
   * @throws EventTooLarge when one event is larger than 32 MiB
   */
  read(bytes: Uint8Array): readonly SseFrame[] {
    this.parser.feed(this.toText(bytes));
    return this.take();
  }

  /**
   * An event that the end of the bytes leaves without its blank line counts too: many servers omit the last one, and a
   * truncated event shows itself as text that is not JSON.
   */
  end(): readonly SseFrame[] {
    // Closes a line and an event that the bytes left open; after a complete event it says nothing.
    this.parser.feed(`${this.text?.decode() ?? ''}\n\n`);
    return this.take();
  }

  private toText(bytes: Uint8Array): string {
    const endsWhole = (bytes[bytes.length - 1] ?? 0) < 0x80;
    if (endsWhole && !this.hasCutCharacter) return WHOLE_CHARACTERS.decode(bytes);
    this.hasCutCharacter = !endsWhole;
    this.text ??= newTextDecoder();
    return this.text.decode(bytes, { stream: true });
  }

  private take(): readonly SseFrame[] {
    const { frames } = this;
    if (frames.length === 0) return NO_FRAMES;
    this.frames = [];
    return frames;
  }
}
