import { isObject, textOf, toArray, toText } from './json.ts';
import type { JsonObject } from './json.ts';

export type Surface =
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'anthropic-messages'
  | 'anthropic-count-tokens'
  | 'gemini-generate'
  | 'gemini-count-tokens'
  | 'gemini-embed';

export interface OfferedTool {
  readonly name: string;
  readonly schema: JsonObject;
}

/** A request as far as the simulator cares about it, whatever the wire format. */
export interface Question {
  readonly surface: Surface;
  /** Without the fault in its name. */
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** Whether it has a message list at all. */
  readonly hasMessages: boolean;
  readonly lastUserText: string;
  /** The last message is the user's own, not the result of a tool. */
  readonly isUserTurn: boolean;
  readonly tools: readonly OfferedTool[];
  /** Characters of text in it, from which tokens are computed. */
  readonly inputCharacters: number;
  readonly body: JsonObject;
}

interface Turn {
  readonly text: string;
  readonly isUser: boolean;
}

export function readQuestion(surface: Surface, body: JsonObject, model: string, stream: boolean): Question {
  const turns = readTurns(surface, body);
  const system = textOf(body['system']) + toText(body['instructions']);
  const options = body['stream_options'];
  return {
    surface,
    model,
    stream,
    includeUsage: isObject(options) && options['include_usage'] === true,
    hasMessages: turns.length > 0,
    lastUserText: turns.findLast((turn) => turn.isUser && turn.text !== '')?.text ?? '',
    isUserTurn: turns.at(-1)?.isUser ?? false,
    tools: readTools(body),
    inputCharacters: turns.reduce((sum, turn) => sum + turn.text.length, system.length),
    body,
  };
}

function readTurns(surface: Surface, body: JsonObject): readonly Turn[] {
  switch (surface) {
    case 'openai-chat':
    case 'anthropic-messages':
    case 'anthropic-count-tokens':
      return toArray(body['messages']).map(readMessage);
    case 'openai-responses':
    case 'openai-embeddings': {
      const input = body['input'];
      if (typeof input === 'string') return [{ text: input, isUser: true }];
      return toArray(input).map((item) =>
        typeof item === 'string' ? { text: item, isUser: true } : readMessage(item),
      );
    }
    case 'gemini-generate':
    case 'gemini-count-tokens':
      return toArray(body['contents']).map(readGeminiContent);
    case 'gemini-embed':
      return [body, ...toArray(body['requests']).filter(isObject)].map((asked) =>
        readGeminiContent(asked['content']),
      );
  }
}

function readMessage(message: unknown): Turn {
  if (!isObject(message)) return { text: '', isUser: false };
  const hasToolResult = toArray(message['content']).some(
    (part) => isObject(part) && part['type'] === 'tool_result',
  );
  return { text: textOf(message['content']), isUser: message['role'] === 'user' && !hasToolResult };
}

function readGeminiContent(content: unknown): Turn {
  if (!isObject(content)) return { text: '', isUser: false };
  const parts = toArray(content['parts']);
  const hasToolResult = parts.some((part) => isObject(part) && 'functionResponse' in part);
  return { text: textOf(parts), isUser: content['role'] !== 'model' && !hasToolResult };
}

function readTools(body: JsonObject): readonly OfferedTool[] {
  return toArray(body['tools'])
    .filter(isObject)
    .flatMap((tool) => {
      const declared = toArray(tool['functionDeclarations']);
      return declared.length > 0 ? declared : [tool];
    })
    .filter(isObject)
    .map((tool) => (isObject(tool['function']) ? tool['function'] : tool))
    .map((tool) => {
      const schema = tool['parameters'] ?? tool['input_schema'] ?? tool['parametersJsonSchema'];
      return { name: toText(tool['name']), schema: isObject(schema) ? schema : {} };
    });
}
