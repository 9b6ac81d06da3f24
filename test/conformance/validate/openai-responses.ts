import { toMembers, type Members } from '../expect/json.js';
import { Checker } from './checker.js';

const MEMBERS = [
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'store',
  'background',
  'include',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'parallel_tool_calls',
  'previous_response_id',
  'conversation',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
];
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const CALL_ID = /^[^]{1,64}$/;
const PARTS: Readonly<Record<string, readonly string[]>> = {
  user: ['input_text', 'input_image', 'input_file', 'input_audio'],
  system: ['input_text'],
  developer: ['input_text'],
  assistant: ['output_text', 'refusal'],
};

/** What https://platform.openai.com/docs/api-reference/responses/create forbids in a request, as far as its shape shows it. */
export function findResponsesFaults(request: unknown): readonly string[] {
  const check = new Checker();
  const body = check.object(request, 'the request');
  check.members(body, '', MEMBERS);
  check.text(body['model'], 'model', /\S/);
  // The API has a floor that chat completions have not; a smaller limit is the caller's own.
  check.number(body['max_output_tokens'], 'max_output_tokens', [1, Infinity], true);
  check.number(body['temperature'], 'temperature', [0, 2]);
  check.number(body['top_p'], 'top_p', [0, 1]);
  check.number(body['top_logprobs'], 'top_logprobs', [0, 20], true);
  check.flag(body['stream'], 'stream');
  check.flag(body['store'], 'store');
  check.flag(body['parallel_tool_calls'], 'parallel_tool_calls');
  check.members(toMembers(body['text']), 'text', ['format', 'verbosity']);
  const format = toMembers(toMembers(body['text'])['format']);
  if (format['type'] === 'json_schema') {
    check.text(format['name'], 'text.format.name', NAME);
    check.object(format['schema'], 'text.format.schema');
  }
  check.members(toMembers(body['reasoning']), 'reasoning', ['effort', 'summary', 'generate_summary']);
  checkTools(check, body);
  if (typeof body['input'] === 'string') check.text(body['input'], 'input', /[^]/);
  // What an earlier response called is in the vendor's store.
  else checkInput(check, body['input'], body['previous_response_id'] !== undefined);
  return check.faults;
}

function checkTools(check: Checker, body: Members): void {
  const names = new Set<unknown>();
  for (const [item, path] of body['tools'] === undefined ? [] : check.items(body['tools'], 'tools')) {
    const tool = check.object(item, path);
    check.text(tool['type'], `${path}.type`, /^\w+$/);
    if (tool['type'] !== 'function' && tool['type'] !== 'custom') continue;
    check.text(tool['name'], `${path}.name`, NAME);
    if (names.has(tool['name'])) check.fault(`${path}.name`, 'is not unique');
    names.add(tool['name']);
    if (tool['type'] === 'custom') continue;
    check.object(tool['parameters'], `${path}.parameters`);
    check.flag(tool['strict'], `${path}.strict`);
  }
  const choice = body['tool_choice'];
  if (choice === undefined || ['auto', 'none', 'required'].includes(choice as string)) return;
  const named = check.object(choice, 'tool_choice');
  if (named['type'] === 'function' && !names.has(named['name']))
    check.fault('tool_choice.name', 'names no tool');
}

/** Every call is answered, and every output answers a call before it. */
function checkInput(check: Checker, input: unknown, isContinued: boolean): void {
  const open = new Set<unknown>();
  for (const [value, path] of check.items(input, 'input')) {
    const item = check.object(value, path);
    switch (item['type'] ?? 'message') {
      case 'message':
        checkMessage(check, item, path);
        break;
      case 'function_call':
      case 'custom_tool_call':
        check.text(item['call_id'], `${path}.call_id`, CALL_ID);
        check.text(item['name'], `${path}.name`, NAME);
        check.text(item['arguments'] ?? item['input'], `${path}.arguments`);
        open.add(item['call_id']);
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        if (!open.delete(item['call_id']) && !isContinued)
          check.fault(`${path}.call_id`, 'answers no open call');
        if (typeof item['output'] !== 'string') check.items(item['output'], `${path}.output`);
        break;
      case 'reasoning':
        if (!Array.isArray(item['summary'])) check.fault(`${path}.summary`, 'must be an array');
        break;
      default:
        // What built-in tools did has many types, all of them named after the tool.
        check.text(item['type'], `${path}.type`, /^\w+_(?:call|output|list_tools|request|response)$/);
    }
  }
  if (open.size > 0) check.fault('input', `ends before the output of ${[...open].join(', ')}`);
}

function checkMessage(check: Checker, message: Members, path: string): void {
  const role = String(message['role']);
  check.oneOf(role, `${path}.role`, Object.keys(PARTS));
  if (typeof message['content'] === 'string') return;
  for (const [item, place] of check.items(message['content'], `${path}.content`)) {
    const part = check.object(item, place);
    check.oneOf(part['type'], `${place}.type`, PARTS[role] ?? []);
    if (part['type'] === 'input_text' || part['type'] === 'output_text')
      check.text(part['text'], `${place}.text`);
    if (part['type'] === 'input_image' && part['file_id'] === undefined)
      check.text(part['image_url'], `${place}.image_url`, /^(?:https?:\/\/|data:image\/\w+;base64,)/);
  }
}
