import { toList, toMembers, type Members } from '../expect/json.js';
import { Checker } from './checker.js';

const MEMBERS = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'n',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'verbosity',
  'modalities',
  'audio',
  'prediction',
  'metadata',
  'store',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'web_search_options',
  'functions',
  'function_call',
];
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const WORDS = /\S/;

/** What https://platform.openai.com/docs/api-reference/chat/create forbids in a request, as far as its shape shows it. */
export function findOpenaiChatFaults(request: unknown): readonly string[] {
  const check = new Checker();
  const body = check.object(request, 'the request');
  check.members(body, '', MEMBERS);
  check.text(body['model'], 'model', WORDS);
  check.number(body['max_tokens'], 'max_tokens', [1, Infinity], true);
  check.number(body['max_completion_tokens'], 'max_completion_tokens', [1, Infinity], true);
  check.number(body['temperature'], 'temperature', [0, 2]);
  check.number(body['top_p'], 'top_p', [0, 1]);
  check.number(body['n'], 'n', [1, 128], true);
  check.flag(body['stream'], 'stream');
  check.flag(body['parallel_tool_calls'], 'parallel_tool_calls');
  if (body['stream_options'] !== undefined && body['stream'] !== true)
    check.fault('stream_options', 'needs a stream');
  if (toList(body['stop']).length > 4) check.fault('stop', 'must be at most four');
  checkTools(check, body);
  const format = toMembers(body['response_format']);
  if (body['response_format'] !== undefined) {
    check.oneOf(format['type'], 'response_format.type', ['text', 'json_object', 'json_schema']);
  }
  if (format['type'] === 'json_schema') {
    const schema = check.object(format['json_schema'], 'response_format.json_schema');
    check.text(schema['name'], 'response_format.json_schema.name', NAME);
  }
  checkMessages(check, body['messages']);
  return check.faults;
}

function checkTools(check: Checker, body: Members): void {
  const names = new Set<unknown>();
  for (const [item, path] of body['tools'] === undefined ? [] : check.items(body['tools'], 'tools')) {
    const tool = check.object(item, path);
    check.oneOf(tool['type'], `${path}.type`, ['function', 'custom']);
    const about = check.object(tool[String(tool['type'])], `${path}.${String(tool['type'])}`);
    check.text(about['name'], `${path}.function.name`, NAME);
    if (names.has(about['name'])) check.fault(`${path}.function.name`, 'is not unique');
    names.add(about['name']);
    if (about['parameters'] !== undefined) check.object(about['parameters'], `${path}.function.parameters`);
  }
  const choice = body['tool_choice'];
  if (choice !== undefined && body['tools'] === undefined) check.fault('tool_choice', 'needs tools');
  if (body['parallel_tool_calls'] !== undefined && body['tools'] === undefined) {
    check.fault('parallel_tool_calls', 'needs tools');
  }
  if (choice === undefined || ['auto', 'none', 'required'].includes(choice as string)) return;
  const named = toMembers(check.object(choice, 'tool_choice')['function'])['name'];
  if (!names.has(named)) check.fault('tool_choice.function.name', 'names no tool');
}

/** Every tool call is answered by a tool message before anybody else speaks. */
function checkMessages(check: Checker, messages: unknown): void {
  let open: unknown[] = [];
  for (const [item, path] of check.items(messages, 'messages')) {
    const message = check.object(item, path);
    check.oneOf(message['role'], `${path}.role`, [
      'system',
      'developer',
      'user',
      'assistant',
      'tool',
      'function',
    ]);
    if (message['role'] === 'tool') {
      if (!open.includes(message['tool_call_id']))
        check.fault(`${path}.tool_call_id`, 'answers no open tool call');
      open = open.filter((id) => id !== message['tool_call_id']);
    } else {
      if (open.length > 0) check.fault(path, `comes before the answer to ${open.join(', ')}`);
      open = [];
    }
    checkContent(check, message, path);
    if (message['tool_calls'] === undefined) continue;
    for (const [call, callPath] of check.items(message['tool_calls'], `${path}.tool_calls`)) {
      open.push(checkCall(check, check.object(call, callPath), callPath));
    }
    if (new Set(open).size < open.length) check.fault(path, 'has two tool calls of one id');
  }
  if (open.length > 0) check.fault('messages', `end before the answer to ${open.join(', ')}`);
}

function checkCall(check: Checker, call: Members, path: string): unknown {
  check.text(call['id'], `${path}.id`, WORDS);
  check.oneOf(call['type'], `${path}.type`, ['function', 'custom']);
  if (call['type'] === 'custom') return call['id'];
  const called = check.object(call['function'], `${path}.function`);
  check.text(called['name'], `${path}.function.name`, NAME);
  check.text(called['arguments'], `${path}.function.arguments`);
  return call['id'];
}

const PARTS: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};

function checkContent(check: Checker, message: Members, path: string): void {
  const { content } = message;
  if (typeof content === 'string') return;
  if (content == null) {
    const isElsewhere = ['tool_calls', 'function_call', 'refusal', 'audio'].some(
      (name) => message[name] != null,
    );
    if (message['role'] !== 'assistant' || !isElsewhere) check.fault(`${path}.content`, 'is missing');
    return;
  }
  for (const [item, partPath] of check.items(content, `${path}.content`)) {
    const part = check.object(item, partPath);
    check.oneOf(part['type'], `${partPath}.type`, PARTS[String(message['role'])] ?? ['text']);
    if (part['type'] === 'text') check.text(part['text'], `${partPath}.text`);
    if (part['type'] === 'image_url') {
      check.text(
        toMembers(part['image_url'])['url'],
        `${partPath}.image_url.url`,
        /^(?:https?:\/\/|data:image\/\w+;base64,)/,
      );
    }
    if (part['type'] === 'file') check.object(part['file'], `${partPath}.file`);
  }
}
