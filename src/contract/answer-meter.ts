import type { ChatChunk, ChatEvent } from './chat-event.js';
import type { ChatResult, Finish } from './chat-result.js';
import type { AssistantPart } from './content.js';
import type { Usage } from './usage.js';
import type { ResponseHeaders } from './vendor-request-id.js';

/** A piece may be a part of a longer text, which stays in memory until the pieces are joined to a text of their own. */
const MOST_PIECES = 64;

/** Notes what one call's answer says of itself as it passes by. */
export class AnswerMeter {
  /** What the vendor says it served; empty until it does. */
  servedModel = '';
  /** The vendor's last report: each is a running total of the whole call, so it is set and never added. */
  usage: Usage | undefined;
  finish: Finish | undefined;
  /** Of the answer, as soon as its head has come. */
  headers: ResponseHeaders | undefined;
  /** Events of a stream that could not be read, and were left out. */
  malformed = 0;
  private content = '';
  /** What came last of the content. */
  private readonly pieces: string[] = [];

  /** Content that no report of the vendor's covers yet. */
  get unreported(): string {
    this.join();
    return this.content;
  }

  /** A report covers what came before it and the content beside it. */
  readChunk({ events }: ChatChunk): void {
    let isReported = false;
    for (const event of events) {
      if (event.type === 'usage') {
        this.usage = event.usage;
        isReported = true;
      } else if (event.type === 'start') this.servedModel = event.model;
      else if (event.type === 'finish') this.finish = event.finish;
      else this.pieces.push(contentOf(event));
    }
    if (isReported) this.note('');
    else if (this.pieces.length >= MOST_PIECES) this.join();
  }

  readResult({ model, usage, choices }: ChatResult): void {
    this.servedModel = model;
    this.usage = usage;
    this.finish = choices[0]?.finish;
    if (usage?.outputTokens === undefined) {
      this.note(choices.flatMap(({ content }) => content.map(textOf)).join(''));
    }
  }

  private note(content: string): void {
    this.content = content;
    this.pieces.length = 0;
  }

  private join(): void {
    if (this.pieces.length > 0) this.note(this.content + this.pieces.join(''));
  }
}

function contentOf(event: ChatEvent): string {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return event.text;
    case 'tool-call-start':
      return event.name;
    case 'tool-call-delta':
      return event.arguments;
    default:
      return '';
  }
}

function textOf(part: AssistantPart): string {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return part.text;
    case 'tool-call':
      return part.name + part.arguments;
    default:
      return '';
  }
}
