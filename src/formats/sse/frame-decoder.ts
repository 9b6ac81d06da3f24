import type { ChatChunk, SseFrame } from '../../contract/chat-event.js';
import type { StreamDecoder } from '../../contract/wire-format.js';
import { DeltaTemplate } from './delta-template.js';

/** Reads the frames of one stream in full, one after the other. */
export interface FrameReader {
  /** The end marker or an error has come. */
  readonly isOver: boolean;
  /** Appends what a frame says; nothing for one that says nothing. */
  read(frame: SseFrame, chunks: ChatChunk[]): void;
  /** A frame behind the end that came in one piece with it. */
  readLate?(frame: SseFrame, chunks: ChatChunk[]): void;
}

const LONGEST_PAUSE = 64;

/** Reads one vendor's stream: frames like the one before by a template, all others in full. */
export class FrameDecoder implements StreamDecoder {
  private template: DeltaTemplate | undefined;
  /** Frames to read before learning is tried again: twice as many after each template that was of no use. */
  private pause = 0;
  private waiting = 0;

  constructor(private readonly reader: FrameReader) {}

  get isOver(): boolean {
    return this.reader.isOver;
  }

  read(frames: readonly SseFrame[]): readonly ChatChunk[] {
    const chunks: ChatChunk[] = [];
    for (const frame of frames) {
      if (this.reader.isOver) {
        this.reader.readLate?.(frame, chunks);
        continue;
      }
      const chunk = this.template?.read(frame);
      if (chunk === undefined) this.readInFull(frame, chunks);
      else chunks.push(chunk);
    }
    return chunks;
  }

  private readInFull(frame: SseFrame, chunks: ChatChunk[]): void {
    this.dropTemplate();
    const before = chunks.length;
    this.reader.read(frame, chunks);
    if (this.waiting > 0) {
      this.waiting -= 1;
      return;
    }
    const chunk = chunks[before];
    if (chunk === undefined || chunks.length > before + 1) return;
    this.template = DeltaTemplate.learn(frame, chunk, (other) => {
      const told: ChatChunk[] = [];
      this.reader.read(other, told);
      return told;
    });
  }

  private dropTemplate(): void {
    if (this.template === undefined) return;
    this.pause = this.template.uses > 0 ? 0 : Math.min(this.pause * 2 || 1, LONGEST_PAUSE);
    this.waiting = this.pause;
    this.template = undefined;
  }
}
