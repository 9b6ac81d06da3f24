import type { AssistantPart, TextPart } from '../../contract/content.js';
import { isJsonObject, type JsonObject } from '../../contract/json.js';
import type { DecodeOptions } from '../../contract/wire-format.js';
import { readArray, readString } from '../json/read-json.js';
import { readArguments, readToolSignature } from '../openai-chat/decode-tool-calls.js';
import { decodeReasoning } from './map-reasoning.js';

/** Reads one item of a response's `output`; built-in tools are kept as they came. */
export function decodeOutputItem(
  item: JsonObject,
  options: DecodeOptions | undefined,
): readonly AssistantPart[] {
  switch (item['type']) {
    case 'message':
      return decodeMessageContent(item);
    case 'reasoning':
      return [decodeReasoning(item)];
    case 'function_call':
    case 'custom_tool_call': {
      const custom = item['type'] === 'custom_tool_call';
      const name = readString(item['name']);
      const signature = readToolSignature(item);
      return [
        {
          type: 'tool-call',
          id: readString(item['call_id']) || readString(item['id']),
          name: options?.toolNames?.get(name) ?? name,
          arguments: readArguments(custom ? item['input'] : item['arguments']),
          ...(custom ? { custom } : undefined),
          ...(signature === undefined ? undefined : { signature }),
        },
      ];
    }
    default:
      return [{ type: 'opaque', format: 'openai-responses', value: item }];
  }
}

function decodeMessageContent(item: JsonObject): AssistantPart[] {
  const parts: AssistantPart[] = [];
  for (const content of readArray(item['content'])) {
    if (!isJsonObject(content)) continue;
    switch (content['type']) {
      case 'output_text':
      case 'text': {
        const part: TextPart = { type: 'text', text: readString(content['text']) };
        const items = readArray(content['annotations']).filter(isJsonObject);
        if (part.text === '' && items.length === 0) break;
        parts.push(
          items.length === 0 ? part : { ...part, annotations: { format: 'openai-responses', items } },
        );
        break;
      }
      case 'refusal':
        parts.push({ type: 'refusal', text: readString(content['refusal']) });
        break;
      default:
        parts.push({ type: 'opaque', format: 'openai-responses', value: content });
    }
  }
  return parts;
}

/** Token probabilities of all texts, as OpenAI's chat format has them; `undefined` where there are none. */
export function readLogprobs(output: readonly JsonObject[]): JsonObject | undefined {
  const content = output
    .flatMap((item) => readArray(item['content']))
    .flatMap((part) => (isJsonObject(part) ? readArray(part['logprobs']) : []));
  return content.length === 0 ? undefined : { content };
}
