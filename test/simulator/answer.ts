import type { AnswerSettings } from './fault.ts';
import { isObject, tryParse } from './json.ts';
import type { OfferedTool, Question } from './question.ts';

/** What is going to be said, before a wire format is chosen. */
export interface Answer {
  /** Counts up from 1; every id in the answer is made from it. */
  readonly serial: number;
  readonly model: string;
  readonly text: string;
  readonly textPieces: readonly string[];
  readonly reasoning: string;
  readonly reasoningPieces: readonly string[];
  readonly tools: readonly ToolCall[];
  /** The vendor's own word, when one was set. */
  readonly finish: string | undefined;
  /** Null: the vendor sends none. */
  readonly usage: AnswerUsage | null;
}

export interface ToolCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly arguments: string;
}

export interface AnswerUsage {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
}

const ECHOED_CHARACTERS = 500;
const CHARACTERS_PER_TOKEN = 4;

export function composeAnswer(
  question: Question,
  settings: AnswerSettings,
  name: string,
  serial: number,
): Answer {
  const tools = chooseTools(question, settings);
  const text = settings.answer ?? (tools.length > 0 ? '' : defaultText(question, settings, name));
  const reasoning =
    settings.reasoning ?? (question.model === 'deepseek-reasoner' ? 'Let me think about it.' : '');
  const written =
    text.length + reasoning.length + tools.reduce((sum, call) => sum + call.arguments.length, 0);
  const usage = {
    input: toTokens(question.inputCharacters),
    output: toTokens(written),
    cached: 0,
    cacheWrite: 0,
    reasoning: reasoning === '' ? 0 : toTokens(reasoning.length),
  };
  return {
    serial,
    model: settings.servedModel ?? question.model,
    text,
    textPieces: cutIntoPieces(text, settings.chunks),
    reasoning,
    reasoningPieces: cutIntoPieces(reasoning, undefined),
    tools,
    finish: settings.finish,
    usage: settings.usage === null ? null : { ...usage, ...settings.usage },
  };
}

/** One token is four characters here, and nothing takes less than one. */
export function toTokens(characters: number): number {
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
}

/** Words with the space before them, or `count` pieces of about equal length; never inside a surrogate pair. */
export function cutIntoPieces(text: string, count: number | undefined): readonly string[] {
  if (text === '') return [];
  if (count === undefined) return text.match(/\s*\S+(\s+$)?|\s+$/gu) ?? [text];
  const characters = Array.from(text);
  const pieces: string[] = [];
  const total = Math.min(count, characters.length);
  for (let index = 0; index < total; index += 1) {
    const start = Math.floor((index * characters.length) / total);
    const end = Math.floor(((index + 1) * characters.length) / total);
    pieces.push(characters.slice(start, end).join(''));
  }
  return pieces;
}

function defaultText(question: Question, settings: AnswerSettings, name: string): string {
  const text = `Hello from ${name}: ${question.lastUserText.slice(0, ECHOED_CHARACTERS)}`.trimEnd();
  const missing = (settings.chunks ?? 0) * 5 - text.length;
  return missing > 0 ? text + ' word'.repeat(Math.ceil(missing / 5)) : text;
}

function chooseTools(question: Question, settings: AnswerSettings): readonly ToolCall[] {
  if (settings.tools) {
    return settings.tools.map((call) => ({
      id: call.id,
      name: call.name,
      arguments: call.arguments ?? sampleArguments(question.tools.find((tool) => tool.name === call.name)),
    }));
  }
  if (!question.isUserTurn || question.tools.length === 0) return [];
  const calls: ToolCall[] = [];
  for (const match of question.lastUserText.matchAll(/\bcall ([\w.-]+)(?:\s+(\{[^}]*\}))?/g)) {
    const tool = question.tools.find((offered) => offered.name === match[1]);
    if (!tool) continue;
    const given = match[2] !== undefined && isObject(tryParse(match[2])) ? match[2] : undefined;
    calls.push({ id: undefined, name: tool.name, arguments: given ?? sampleArguments(tool) });
  }
  return calls;
}

/** One value for each property of the tool's schema, so that callers that validate arguments are content. */
function sampleArguments(tool: OfferedTool | undefined): string {
  const properties = tool?.schema['properties'];
  if (!isObject(properties)) return '{}';
  return JSON.stringify(
    Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, sampleValue(schema)])),
  );
}

function sampleValue(schema: unknown): unknown {
  if (!isObject(schema)) return 'sample';
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown;
  switch (String(schema['type']).toLowerCase()) {
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    default:
      return 'sample';
  }
}
