import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../contract/content.js';
import type { ChatRequest } from '../contract/chat-request.js';
import { sampleTokens } from './sample-tokens.js';
import { TOKENS_PER_IMAGE, TOKENS_PER_MESSAGE, TOKENS_PER_SOUND } from './token-weights.js';
import { TokenizerThread } from './tokenizer-thread.js';

const CHARACTERS_PER_TOKEN = 4;

/** A prompt taken apart: what is tokenised, and what has a fixed weight. */
interface Prompt {
  readonly texts: string[];
  fixedTokens: number;
}

/**
 * Estimates tokens where no vendor counts them, with the tokenizer of OpenAI's current models; those of other vendors
 * come within some ten percent of it. Of long texts a sample is tokenised, so that none keeps others waiting.
 */
@Injectable()
export class TokenEstimator {
  constructor(private readonly tokenizer: TokenizerThread) {}

  /** Tokens of the whole prompt: messages, tools and what surrounds them. */
  async estimate(request: ChatRequest): Promise<number> {
    const prompt: Prompt = { texts: [], fixedTokens: 0 };
    for (const message of request.messages) {
      prompt.fixedTokens += TOKENS_PER_MESSAGE;
      for (const part of message.content) addPart(part, prompt);
    }
    for (const tool of request.tools ?? [])
      prompt.texts.push(JSON.stringify([tool.name, tool.description, tool.parameters]));
    return prompt.fixedTokens + (await this.tokensOf(prompt.texts));
  }

  /** Tokens of a text, such as an answer whose vendor reported none. */
  async estimateText(text: string): Promise<number> {
    return this.tokensOf([text]);
  }

  private tokensOf(texts: readonly string[]): Promise<number> {
    return sampleTokens(texts, (pieces) => this.tokenizer.count(pieces));
  }
}

function addPart(part: ChatMessage['content'][number], prompt: Prompt): void {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      prompt.texts.push(part.text);
      return;
    case 'tool-call':
      prompt.texts.push(part.name, part.arguments);
      return;
    case 'image':
      prompt.fixedTokens += TOKENS_PER_IMAGE;
      return;
    case 'document':
      if (part.source.kind === 'text') prompt.texts.push(part.source.text);
      else prompt.fixedTokens += TOKENS_PER_IMAGE;
      return;
    case 'opaque':
      prompt.texts.push(JSON.stringify(part.value));
      return;
    case 'redacted-reasoning':
      prompt.fixedTokens += Math.ceil(part.data.length / CHARACTERS_PER_TOKEN);
      return;
    case 'audio':
      prompt.fixedTokens += TOKENS_PER_SOUND;
  }
}
