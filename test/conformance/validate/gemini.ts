import { toList, toMembers, toText, type Members } from '../expect/json.js';
import { Checker } from './checker.js';

const MEMBERS = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'cachedContent',
  // Of the message behind the REST call, in whose path it stands too.
  'model',
];
const GENERATION = [
  'stopSequences',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'candidateCount',
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
  'speechConfig',
  'thinkingConfig',
  'mediaResolution',
];
/** A part is one of these; beside it may stand what is said about it. */
const DATA = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
];
const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/;

/** What https://ai.google.dev/api/generate-content forbids in a request, as far as its shape shows it. */
export function findGeminiFaults(request: unknown): readonly string[] {
  const check = new Checker();
  const body = check.object(request, 'the request');
  check.members(body, '', MEMBERS);
  const config = toMembers(body['generationConfig']);
  check.members(config, 'generationConfig', GENERATION);
  check.number(config['temperature'], 'generationConfig.temperature', [0, 2]);
  check.number(config['topP'], 'generationConfig.topP', [0, 1]);
  check.number(config['maxOutputTokens'], 'generationConfig.maxOutputTokens', [1, Infinity], true);
  if (toList(config['stopSequences']).length > 5)
    check.fault('generationConfig.stopSequences', 'must be at most five');
  checkThinking(check, toMembers(config['thinkingConfig']));
  if (body['systemInstruction'] !== undefined) {
    const { parts } = check.object(body['systemInstruction'], 'systemInstruction');
    for (const [part, path] of check.items(parts, 'systemInstruction.parts'))
      check.text(toMembers(part)['text'], `${path}.text`);
  }
  checkTools(check, body);
  checkContents(check, body['contents']);
  return check.faults;
}

function checkThinking(check: Checker, thinking: Members): void {
  check.members(thinking, 'generationConfig.thinkingConfig', [
    'includeThoughts',
    'thinkingBudget',
    'thinkingLevel',
  ]);
  if (thinking['thinkingBudget'] !== undefined && thinking['thinkingLevel'] !== undefined)
    check.fault('generationConfig.thinkingConfig', 'has a budget and a level');
}

function checkTools(check: Checker, body: Members): void {
  const names = new Set<unknown>();
  for (const [item, path] of body['tools'] === undefined ? [] : check.items(body['tools'], 'tools')) {
    const declarations = check.object(item, path)['functionDeclarations'];
    for (const [value, place] of declarations === undefined ? [] : check.items(declarations, path)) {
      const declaration = check.object(value, place);
      check.text(declaration['name'], `${place}.name`, NAME);
      if (names.has(declaration['name'])) check.fault(`${place}.name`, 'is not unique');
      names.add(declaration['name']);
      if (declaration['parameters'] !== undefined && declaration['parametersJsonSchema'] !== undefined)
        check.fault(place, 'has two schemas');
    }
  }
  const calling = toMembers(toMembers(body['toolConfig'])['functionCallingConfig']);
  if (body['toolConfig'] === undefined) return;
  if (body['tools'] === undefined) check.fault('toolConfig', 'needs tools');
  check.oneOf(calling['mode'], 'toolConfig.functionCallingConfig.mode', ['AUTO', 'ANY', 'NONE', 'VALIDATED']);
  for (const name of toList(calling['allowedFunctionNames']))
    if (!names.has(name))
      check.fault('toolConfig.functionCallingConfig', `names no function: ${String(name)}`);
}

/** The turn after a model's function calls begins with one response for each of them. */
function checkContents(check: Checker, contents: unknown): void {
  let calls: readonly Members[] = [];
  let previous: unknown;
  for (const [item, path] of check.items(contents, 'contents')) {
    const { role, parts } = check.object(item, path);
    check.oneOf(role, `${path}.role`, ['user', 'model']);
    if (role === previous) check.fault(`${path}.role`, 'must alternate');
    previous = role;
    const list = check.items(parts, `${path}.parts`).map(([part, place]) => {
      checkPart(check, check.object(part, place), place);
      return toMembers(part);
    });
    const responses = list.filter((part) => part['functionResponse'] !== undefined);
    if (responses.length !== calls.length)
      check.fault(path, `has ${responses.length} responses to ${calls.length} calls`);
    for (const [index, call] of calls.entries()) {
      const response = toMembers(list[index]?.['functionResponse']);
      if (response['name'] !== toMembers(call['functionCall'])['name'])
        check.fault(`${path}.parts[${index}]`, 'does not answer the call of its place');
    }
    calls = role === 'model' ? list.filter((part) => part['functionCall'] !== undefined) : [];
  }
  if (calls.length > 0) check.fault('contents', 'end before the responses to their calls');
}

function checkPart(check: Checker, part: Members, path: string): void {
  const data = DATA.filter((name) => part[name] !== undefined);
  if (data.length !== 1) check.fault(path, `must be one thing, is ${data.join(', ') || 'none'}`);
  check.members(part, path, [...DATA, 'thought', 'thoughtSignature', 'videoMetadata']);
  if (part['text'] !== undefined) check.text(part['text'], `${path}.text`);
  if (part['inlineData'] !== undefined) {
    const { mimeType, data: bytes } = toMembers(part['inlineData']);
    check.text(mimeType, `${path}.inlineData.mimeType`, /^\w+\/[\w.+-]+$/);
    check.text(bytes, `${path}.inlineData.data`, /^[A-Za-z0-9+/=]+$/);
  }
  if (part['fileData'] !== undefined)
    check.text(toMembers(part['fileData'])['fileUri'], `${path}.fileData.fileUri`, /^(?:https?|gs):\/\//);
  const call = part['functionCall'] ?? part['functionResponse'];
  if (call === undefined) return;
  check.text(toMembers(call)['name'], `${path}.name`, NAME);
  const { args, response } = toMembers(call);
  check.object(
    part['functionCall'] === undefined ? response : (args ?? {}),
    `${path} of ${toText(toMembers(call)['name'])}`,
  );
}
