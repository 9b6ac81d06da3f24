import { toList, toMembers, type Members } from '../expect/json.js';
import { Checker } from './checker.js';

const MEMBERS = [
  'model',
  'messages',
  'max_tokens',
  'system',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'metadata',
  'service_tier',
  'output_config',
  'output_format',
  'container',
  'context_management',
  'mcp_servers',
];
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const TOOL_ID = /^[a-zA-Z0-9_-]+$/;
const WORDS = /\S/;

/** What https://platform.claude.com/docs/en/api/messages forbids in a request, as far as its shape shows it. */
export function findAnthropicFaults(request: unknown): readonly string[] {
  const check = new Checker();
  const body = check.object(request, 'the request');
  check.members(body, '', MEMBERS);
  check.text(body['model'], 'model', WORDS);
  if (body['max_tokens'] === undefined) check.fault('max_tokens', 'is missing');
  check.number(body['max_tokens'], 'max_tokens', [1, Infinity], true);
  check.number(body['temperature'], 'temperature', [0, 1]);
  check.number(body['top_p'], 'top_p', [0, 1]);
  check.number(body['top_k'], 'top_k', [0, Infinity], true);
  check.flag(body['stream'], 'stream');
  for (const [index, stop] of toList(body['stop_sequences']).entries()) {
    check.text(stop, `stop_sequences[${index}]`, WORDS);
  }
  if (body['system'] !== undefined && typeof body['system'] !== 'string') {
    for (const [block, path] of check.items(body['system'], 'system')) {
      check.oneOf(toMembers(block)['type'], `${path}.type`, ['text']);
      check.text(toMembers(block)['text'], `${path}.text`, WORDS);
    }
  }
  checkTools(check, body);
  checkThinking(check, body);
  checkMessages(check, body['messages']);
  return check.faults;
}

function checkTools(check: Checker, body: Members): void {
  const names = new Set<unknown>();
  for (const [item, path] of body['tools'] === undefined ? [] : check.items(body['tools'], 'tools')) {
    const tool = check.object(item, path);
    check.text(tool['name'], `${path}.name`, TOOL_NAME);
    if (names.has(tool['name'])) check.fault(`${path}.name`, 'is not unique');
    names.add(tool['name']);
    // Tools with another type are the vendor's own and have no schema.
    if (tool['type'] !== undefined && tool['type'] !== 'custom') continue;
    check.oneOf(
      check.object(tool['input_schema'], `${path}.input_schema`)['type'],
      `${path}.input_schema.type`,
      ['object'],
    );
  }
  if (body['tool_choice'] === undefined) return;
  const choice = check.object(body['tool_choice'], 'tool_choice');
  check.oneOf(choice['type'], 'tool_choice.type', ['auto', 'any', 'tool', 'none']);
  if (body['tools'] === undefined) check.fault('tool_choice', 'needs tools');
  if (choice['type'] === 'tool' && !names.has(choice['name']))
    check.fault('tool_choice.name', 'names no tool');
}

function checkThinking(check: Checker, body: Members): void {
  const thinking = toMembers(body['thinking']);
  if (body['thinking'] === undefined || thinking['type'] === 'disabled') return;
  check.oneOf(thinking['type'], 'thinking.type', ['enabled', 'adaptive']);
  if (thinking['type'] === 'enabled') {
    const most = typeof body['max_tokens'] === 'number' ? body['max_tokens'] - 1 : 0;
    check.number(thinking['budget_tokens'], 'thinking.budget_tokens', [1024, most], true);
  }
  if (['any', 'tool'].includes(String(toMembers(body['tool_choice'])['type']))) {
    check.fault('tool_choice', 'must not force a tool while thinking');
  }
  if (body['temperature'] !== undefined && body['temperature'] !== 1)
    check.fault('temperature', 'must be 1 while thinking');
  if (body['top_k'] !== undefined) check.fault('top_k', 'must be absent while thinking');
}

/** Turns alternate, the first is the user's, and every tool use is answered at the start of the next one. */
function checkMessages(check: Checker, messages: unknown): void {
  let asked: readonly unknown[] = [];
  let previous: unknown;
  for (const [item, path] of check.items(messages, 'messages')) {
    const message = check.object(item, path);
    check.oneOf(message['role'], `${path}.role`, ['user', 'assistant']);
    if (previous === undefined && message['role'] !== 'user') check.fault(`${path}.role`, 'must be user');
    if (message['role'] === previous) check.fault(`${path}.role`, 'must alternate');
    previous = message['role'];
    const blocks = checkContent(check, message, path);
    const answered = blocks
      .filter((block) => block['type'] === 'tool_result')
      .map((block) => block['tool_use_id']);
    for (const id of asked) if (!answered.includes(id)) check.fault(path, `does not answer ${String(id)}`);
    for (const id of answered)
      if (!asked.includes(id)) check.fault(path, `answers ${String(id)}, which nobody asked`);
    if (blocks.slice(0, answered.length).some((block) => block['type'] !== 'tool_result')) {
      check.fault(path, 'must begin with its tool results');
    }
    asked = blocks.filter((block) => block['type'] === 'tool_use').map((block) => block['id']);
    if (new Set(asked).size < asked.length) check.fault(path, 'has two tool uses of one id');
  }
}

function checkContent(check: Checker, message: Members, path: string): readonly Members[] {
  const content = message['content'];
  if (typeof content === 'string') {
    check.text(content, `${path}.content`, WORDS);
    return [];
  }
  return check.items(content, `${path}.content`).map(([item, blockPath]) => {
    const block = check.object(item, blockPath);
    checkBlock(check, block, blockPath, message['role'] === 'user');
    return block;
  });
}

function checkBlock(check: Checker, block: Members, path: string, isUser: boolean): void {
  switch (block['type']) {
    case 'text':
      check.text(block['text'], `${path}.text`, WORDS);
      break;
    case 'image':
    case 'document':
      if (!isUser) check.fault(path, 'is only for user turns');
      checkSource(check, check.object(block['source'], `${path}.source`), `${path}.source`, block['type']);
      break;
    case 'tool_use':
      if (isUser) check.fault(path, 'is only for assistant turns');
      check.text(block['id'], `${path}.id`, TOOL_ID);
      check.text(block['name'], `${path}.name`, TOOL_NAME);
      check.object(block['input'], `${path}.input`);
      break;
    case 'tool_result':
      if (!isUser) check.fault(path, 'is only for user turns');
      check.text(block['tool_use_id'], `${path}.tool_use_id`, TOOL_ID);
      for (const [index, inner] of toList(block['content']).entries()) {
        checkBlock(check, toMembers(inner), `${path}.content[${index}]`, true);
      }
      break;
    case 'thinking':
      if (isUser) check.fault(path, 'is only for assistant turns');
      check.text(block['thinking'], `${path}.thinking`);
      check.text(block['signature'], `${path}.signature`);
      break;
    case 'redacted_thinking':
      check.text(block['data'], `${path}.data`, WORDS);
      break;
    default:
      // What the vendor's own tools say has many types, all of them named after the tool.
      check.text(
        block['type'],
        `${path}.type`,
        /^(?:server_tool_use|\w+_tool_result|search_result|container_upload)$/,
      );
  }
}

function checkSource(check: Checker, source: Members, path: string, kind: string): void {
  check.oneOf(source['type'], `${path}.type`, ['base64', 'url', 'file', 'text', 'content']);
  if (source['type'] === 'url') check.text(source['url'], `${path}.url`, /^https?:\/\//);
  if (source['type'] !== 'base64') return;
  check.text(source['data'], `${path}.data`, /^[A-Za-z0-9+/=]+$/);
  const types =
    kind === 'image' ? ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] : ['application/pdf'];
  check.oneOf(source['media_type'], `${path}.media_type`, types);
}
