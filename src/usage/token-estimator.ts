import { Injectable } from '@nestjs/common';
import type { ChatMessage, ContentPart } from '../contract/content.js';
import type { ChatRequest } from '../contract/chat-request.js';

/** What a message costs beside its text, as OpenAI's cookbook counts it. */
const TOKENS_PER_MESSAGE = 4;
/** A picture of usual size; vendors count by pixels, which nobody here decodes. */
const TOKENS_PER_IMAGE = 1_000;
const CHARACTERS_PER_TOKEN = 4;

type Encode = (text: string) => { readonly length: number };

/**
 * Estimates tokens where no vendor counts them, with the tokenizer of OpenAI's current models; those of other vendors
 * come within some ten percent of it.
 */
@Injectable()
export class TokenEstimator {
  private encode: Promise<Encode> | undefined;

  /** Tokens of the whole prompt: messages, tools and what surrounds them. */
  async estimate(request: ChatRequest): Promise<number> {
    const encode = await this.tokenizer();
    const messages = request.messages.reduce((sum, message) => sum + countMessage(message, encode), 0);
    const tools = (request.tools ?? []).reduce(
      (sum, tool) => sum + encode(JSON.stringify([tool.name, tool.description, tool.parameters])).length,
      0,
    );
    return messages + tools;
  }

  /** The tables take some ten megabytes, so they are loaded when first needed. */
  private tokenizer(): Promise<Encode> {
    this.encode ??= import('gpt-tokenizer/encoding/o200k_base').then(
      ({ encode }) =>
        (text) =>
          encode(text),
    );
    return this.encode;
  }
}

function countMessage(message: ChatMessage, encode: Encode): number {
  return message.content.reduce((sum, part) => sum + countPart(part, encode), TOKENS_PER_MESSAGE);
}

function countPart(part: ChatMessage['content'][number] | ContentPart, encode: Encode): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return encode(part.text).length;
    case 'tool-call':
      return encode(part.name).length + encode(part.arguments).length;
    case 'image':
      return TOKENS_PER_IMAGE;
    case 'document':
      return part.source.kind === 'text' ? encode(part.source.text).length : TOKENS_PER_IMAGE;
    case 'opaque':
      return encode(JSON.stringify(part.value)).length;
    case 'redacted-reasoning':
    case 'audio':
      return Math.ceil(part.data.length / CHARACTERS_PER_TOKEN);
  }
}
