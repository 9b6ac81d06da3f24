import type { Answer } from './answer.ts';
import type { Question } from './question.ts';

/** The events of one stream, each the text of a whole SSE frame. */
export interface StreamFrames {
  /** What comes before any content: role chunk, `message_start`, ping. */
  readonly preamble: readonly string[];
  /** One entry for each delta with content. */
  readonly content: readonly string[];
  /** Carries the finish reason. */
  readonly finish: readonly string[];
  readonly usage: readonly string[];
  /** `[DONE]`, `message_stop`. */
  readonly end: readonly string[];
}

/** What one wire format says: everything but the faults. */
export interface Format {
  encodeBody(answer: Answer, question: Question): unknown;
  encodeStream(answer: Answer, question: Question): StreamFrames;
  /** An answer without a single choice. */
  encodeEmptyBody(answer: Answer, question: Question): unknown;
  /** The vendor's error event with what real vendors send after it. */
  encodeStreamError(answer: Answer, type: string | undefined): readonly string[];
}

export function toEvent(data: unknown, name?: string): string {
  const prefix = name === undefined ? '' : `event: ${name}\n`;
  return `${prefix}data: ${JSON.stringify(data)}\n\n`;
}

/** Fixed, so that the same request is answered with the same bytes. */
export const CREATED_SECONDS = 1_767_225_600;

export function toId(prefix: string, serial: number): string {
  return `${prefix}${String(serial).padStart(12, '0')}`;
}
