import type { Format } from './format.ts';
import { anthropicMessages } from './formats/anthropic-messages.ts';
import { gemini } from './formats/gemini.ts';
import { openAiChat } from './formats/openai-chat.ts';
import type { OpenAiFlavour } from './formats/openai-chat.ts';
import { openAiResponses } from './formats/openai-responses.ts';
import type { JsonObject } from './json.ts';
import { toText } from './json.ts';
import type { Surface } from './question.ts';

export type WireFormat = 'openai' | 'anthropic' | 'gemini';

export interface Route {
  readonly surface: Surface;
  readonly modelOf: (body: JsonObject) => string;
  readonly isStream: (body: JsonObject) => boolean;
}

const OPENAI_PATHS: readonly (readonly [ending: string, surface: Surface])[] = [
  ['/chat/completions', 'openai-chat'],
  ['/responses', 'openai-responses'],
  ['/embeddings', 'openai-embeddings'],
];

/** Paths are known by their end, so that base URLs of any depth work. */
export function findRoute(format: WireFormat, path: string): Route | null {
  switch (format) {
    case 'openai': {
      const found = OPENAI_PATHS.find(([ending]) => path.endsWith(ending));
      return found ? toRoute(found[1]) : null;
    }
    case 'anthropic':
      if (path.endsWith('/messages/count_tokens')) return toRoute('anthropic-count-tokens');
      return path.endsWith('/messages') ? toRoute('anthropic-messages') : null;
    case 'gemini': {
      const call = /\/models\/(.+):(\w+)$/.exec(path);
      const surface = GEMINI_CALLS[call?.[2] ?? ''];
      if (!call || !surface) return null;
      const model = decodeURIComponent(call[1] ?? '');
      return { surface, modelOf: () => model, isStream: () => call[2] === 'streamGenerateContent' };
    }
  }
}

const GEMINI_CALLS: Readonly<Record<string, Surface>> = {
  generateContent: 'gemini-generate',
  streamGenerateContent: 'gemini-generate',
  countTokens: 'gemini-count-tokens',
  embedContent: 'gemini-embed',
  batchEmbedContents: 'gemini-embed',
};

function toRoute(surface: Surface): Route {
  return {
    surface,
    modelOf: (body) => toText(body['model']),
    isStream: (body) => body['stream'] === true,
  };
}

/** How a surface answers. Null: with plain numbers, see `encodeNumbers`. */
export function formatOf(surface: Surface, flavour: OpenAiFlavour): Format | null {
  switch (surface) {
    case 'openai-chat':
      return openAiChat(flavour);
    case 'openai-responses':
      return openAiResponses;
    case 'anthropic-messages':
      return anthropicMessages;
    case 'gemini-generate':
      return gemini;
    case 'openai-embeddings':
    case 'anthropic-count-tokens':
    case 'gemini-count-tokens':
    case 'gemini-embed':
      return null;
  }
}
