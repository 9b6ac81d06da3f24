import type { JsonObject } from '../../contract/json.js';
import { ObjectTracker } from './object-tracker.js';
import { writeDelta, writeEvent } from './stream-events.js';
import { toToolInput } from './to-tool-input.js';
import { UNSIGNED_THINKING } from './wire-types.js';

/** A content block on its way to the caller. */
export interface QueuedBlock {
  readonly kind: 'text' | 'thinking' | 'redacted' | 'tool';
  /** `content_block` of its start event. */
  readonly start: JsonObject;
  /** The tool call's index in the canonical events. */
  readonly call?: number;
  /** Follows the arguments of a tool call; absent for free text, which is written as an object when all is there. */
  readonly tracker?: ObjectTracker;
  /** Fragments that wait for the block's turn. */
  waiting: string;
  /** All arguments of a tool call so far. */
  arguments: string;
  signature?: string | undefined;
  /** A thinking block that has its signature takes no more text. */
  sealed: boolean;
}

const DELTAS = {
  text: ['text_delta', 'text'],
  thinking: ['thinking_delta', 'thinking'],
  tool: ['input_json_delta', 'partial_json'],
} as const;

/**
 * Writes blocks one after the other. Anthropic's clients know one open block at a time and cannot reopen one, while
 * other vendors interleave: the first block of the queue is written as it grows, the others wait. It is closed when
 * something follows it and nothing more can come to it, for a tool call when its arguments are whole.
 */
export class BlockQueue {
  /** Whether a tool call was closed whose arguments are no JSON object. */
  hasCutToolCall = false;
  private readonly blocks: QueuedBlock[] = [];
  private index = 0;
  private isOpen = false;

  constructor(private readonly write: (text: string) => void) {}

  get last(): QueuedBlock | undefined {
    return this.blocks.at(-1);
  }

  findCall(call: number): QueuedBlock | undefined {
    return this.blocks.find((block) => block.kind === 'tool' && block.call === call);
  }

  push(block: QueuedBlock): void {
    this.blocks.push(block);
    this.advance();
  }

  append(block: QueuedBlock, fragment: string): void {
    if (block.kind === 'tool') {
      block.arguments += fragment;
      block.tracker?.feed(fragment);
    }
    if (this.isOpen && block === this.blocks[0]) this.writeFragment(block, fragment);
    else block.waiting += fragment;
    if (this.blocks.length > 1) this.advance();
  }

  /** Writes everything that waits and closes the last block. */
  flush(): void {
    for (let head = this.blocks[0]; head !== undefined; head = this.blocks[0]) {
      this.open(head);
      this.close(head);
    }
  }

  private advance(): void {
    for (let head = this.blocks[0]; head !== undefined; head = this.blocks[0]) {
      this.open(head);
      if (this.blocks.length === 1 || !isWhole(head)) return;
      this.close(head);
    }
  }

  private open(block: QueuedBlock): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.write(writeEvent('content_block_start', { index: this.index, content_block: block.start }));
    const waiting = block.waiting;
    block.waiting = '';
    if (waiting !== '') this.writeFragment(block, waiting);
  }

  private writeFragment(block: QueuedBlock, fragment: string): void {
    if (block.kind === 'redacted' || isFreeText(block)) return;
    const [kind, member] = DELTAS[block.kind];
    this.write(writeDelta(this.index, kind, member, fragment));
  }

  private close(block: QueuedBlock): void {
    if (block.kind === 'thinking') {
      this.write(
        writeDelta(this.index, 'signature_delta', 'signature', block.signature ?? UNSIGNED_THINKING),
      );
    }
    if (isFreeText(block)) {
      const input = JSON.stringify({ input: block.arguments });
      this.write(writeDelta(this.index, 'input_json_delta', 'partial_json', input));
    } else if (block.kind === 'tool' && toToolInput(block.arguments) === undefined) {
      this.hasCutToolCall = true;
    }
    this.write(writeEvent('content_block_stop', { index: this.index }));
    this.blocks.shift();
    this.index += 1;
    this.isOpen = false;
  }
}

/** Whether nothing more can come to a block that others follow. */
function isWhole(block: QueuedBlock): boolean {
  return block.kind !== 'tool' || block.tracker?.isClosed === true;
}

function isFreeText(block: QueuedBlock): boolean {
  return block.kind === 'tool' && block.tracker === undefined;
}
