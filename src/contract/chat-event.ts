import type { Annotations } from './content.js';
import type { Finish } from './chat-result.js';
import type { GatewayError } from './gateway-error.js';
import type { JsonObject } from './json.js';
import type { Usage } from './usage.js';
import type { VendorError } from './vendor-error.js';
import type { WireFormatName } from './wire-format-name.js';

/** One server-sent event: its `event:` and `id:` fields where sent, and its `data:` lines joined by line feeds. */
export interface SseFrame {
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  readonly data: string;
}

/**
 * One thing that a stream says. `choice` is absent for the first of `n` answers.
 *
 * Content is `text-delta`, `reasoning-delta`, `redacted-reasoning`, `refusal-delta`, `tool-call-start`,
 * `tool-call-delta` and `opaque`; until the first of them (or `finish`) nothing is sent to the caller, so that the
 * request can still move to another vendor.
 */
export type ChatEvent =
  | {
      readonly type: 'start';
      readonly id: string;
      readonly model: string;
      readonly created?: number | undefined;
    }
  | { readonly type: 'text-delta'; readonly text: string; readonly choice?: number }
  /** Citations that belong to the text before them. */
  | { readonly type: 'annotations'; readonly annotations: Annotations; readonly choice?: number }
  | { readonly type: 'reasoning-delta'; readonly text: string; readonly choice?: number }
  /** Closes the reasoning block that came before it; `id` and `encrypted` as in `ReasoningPart`. */
  | {
      readonly type: 'reasoning-signature';
      readonly signature?: string | undefined;
      readonly id?: string | undefined;
      readonly encrypted?: string | undefined;
      readonly choice?: number;
    }
  | { readonly type: 'redacted-reasoning'; readonly data: string; readonly choice?: number }
  | { readonly type: 'refusal-delta'; readonly text: string; readonly choice?: number }
  /** `index` counts the tool calls of one answer from 0, whatever the vendor counts. */
  | {
      readonly type: 'tool-call-start';
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly custom?: boolean | undefined;
      readonly signature?: string | undefined;
      readonly choice?: number;
    }
  | {
      readonly type: 'tool-call-delta';
      readonly index: number;
      readonly arguments: string;
      readonly choice?: number;
    }
  | { readonly type: 'logprobs'; readonly logprobs: JsonObject; readonly choice?: number }
  /** A piece that only one format knows; encoders of other formats leave it out. */
  | {
      readonly type: 'opaque';
      readonly format: WireFormatName;
      readonly value: JsonObject;
      readonly choice?: number;
    }
  | { readonly type: 'ping' }
  /** The vendor is at work on what has no words of its own here: a server tool, thinking that it keeps to itself. */
  | { readonly type: 'work' }
  | { readonly type: 'finish'; readonly finish: Finish; readonly choice?: number }
  /** A running total of the whole call: the last one holds, none are added up. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The vendor reported a failure inside its stream. Nothing that follows is read. */
  | { readonly type: 'vendor-error'; readonly error: VendorError }
  /** The vendor's end marker. */
  | { readonly type: 'end' }
  /** The frame could not be read as JSON. It is counted and never passed on. */
  | { readonly type: 'malformed' }
  /** Written by the gateway, never by a decoder: the stream is over and is not whole. */
  | { readonly type: 'failure'; readonly error: GatewayError };

/**
 * A frame as the vendor sent it beside what it says. The encoder of the same format sends `frame` on; every other
 * encoder writes from `events`. A chunk without a frame was made by the gateway.
 */
export interface ChatChunk {
  readonly frame?: SseFrame | undefined;
  readonly events: readonly ChatEvent[];
}

/** Whether the event is part of the answer itself, in the sense of the first-content commit. */
export function isContentEvent(event: ChatEvent): boolean {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'redacted-reasoning':
    case 'refusal-delta':
    case 'tool-call-start':
    case 'tool-call-delta':
    case 'opaque':
      return true;
    case 'start':
    case 'annotations':
    case 'reasoning-signature':
    case 'logprobs':
    case 'ping':
    case 'work':
    case 'finish':
    case 'usage':
    case 'vendor-error':
    case 'end':
    case 'malformed':
    case 'failure':
      return false;
  }
}
