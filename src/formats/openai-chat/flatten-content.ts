import { isJsonObject, type JsonObject } from '../../contract/json.js';
import { readString } from '../json/read-json.js';
import { readThinkingText } from './decode-content.js';

/**
 * Mistral writes the content of an answer as an array where the model thinks; clients of OpenAI's format take content
 * for a string. Rewrites such a message or delta in place: text becomes the string, thinking `reasoning_content`.
 * Content with any other part stays as it is. Returns whether something changed.
 */
export function flattenContent(message: JsonObject): boolean {
  const { content } = message;
  if (!Array.isArray(content)) return false;
  let text = '';
  let thinking = '';
  for (const item of content) {
    if (!isJsonObject(item)) return false;
    if (item['type'] === 'text') text += readString(item['text']);
    else if (item['type'] === 'thinking') thinking += readThinkingText(item['thinking']);
    else return false;
  }
  message['content'] = text;
  if (thinking !== '') message['reasoning_content'] = thinking;
  return true;
}
