import { toTokens } from '../answer.ts';
import type { Format } from '../format.ts';
import type { Question } from '../question.ts';
import { toArray } from '../json.ts';

const DIMENSIONS = 8;

/** Embeddings and token counts: never a stream, so that every stream of theirs is empty. */
export const numbers: Format = {
  encodeBody: (answer, question) => encodeNumbers(question, answer.model),
  encodeStream: () => ({ preamble: [], content: [], finish: [], usage: [], end: [] }),
  encodeEmptyBody: (answer, question) =>
    question.surface === 'openai-embeddings' ? { object: 'list', data: [], model: answer.model } : {},
  encodeStreamError: () => [],
};

function encodeNumbers(question: Question, model: string): unknown {
  const tokens = toTokens(question.inputCharacters);
  switch (question.surface) {
    case 'anthropic-count-tokens':
      return { input_tokens: tokens };
    case 'gemini-count-tokens':
      return { totalTokens: tokens };
    case 'gemini-embed':
      return Array.isArray(question.body['requests'])
        ? {
            embeddings: question.body['requests'].map((asked) => ({
              values: embed(JSON.stringify(asked), DIMENSIONS),
            })),
          }
        : { embedding: { values: embed(question.lastUserText, DIMENSIONS) } };
    case 'openai-embeddings':
    case 'openai-chat':
    case 'openai-responses':
    case 'anthropic-messages':
    case 'gemini-generate':
      return {
        object: 'list',
        data: inputsOf(question).map((text, index) => ({
          object: 'embedding',
          index,
          embedding: encodeVector(text, question),
        })),
        model,
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      };
  }
}

function inputsOf(question: Question): readonly string[] {
  const input = question.body['input'];
  if (typeof input === 'string') return [input];
  const items = toArray(input);
  // An array of numbers is one input of tokens.
  if (items.every((item) => typeof item === 'number')) return [items.join(' ')];
  return items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
}

function encodeVector(text: string, question: Question): unknown {
  const wanted = question.body['dimensions'];
  const vector = embed(text, typeof wanted === 'number' ? wanted : DIMENSIONS);
  if (question.body['encoding_format'] !== 'base64') return vector;
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}

/** A vector that depends on the text alone. */
function embed(text: string, dimensions: number): number[] {
  let state = 7;
  for (const character of text) state = (Math.imul(state, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return Array.from({ length: dimensions }, (_, index) => {
    const mixed = Math.imul(state + index, 2654435761) >>> 0;
    return Math.fround(mixed / 2 ** 31 - 1);
  });
}
