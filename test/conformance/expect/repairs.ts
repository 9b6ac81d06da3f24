import { toList, toMembers, toText, type Members } from './json.js';

/**
 * Recordings that callers of the same format do not get byte for byte, because clients stumble over them. Every other
 * one goes on as it is.
 */
const REPAIRS: Readonly<Record<string, (choice: Members) => unknown>> = {
  'mistral/thinking': (choice) => ({ ...choice, message: flatten(toMembers(choice['message'])) }),
  'mistral/thinking-stream-magistral': (choice) => ({
    ...choice,
    delta: flatten(toMembers(choice['delta'])),
  }),
  // The first piece of a call names its type; the index counts from 0; only the first piece has an id.
  'mistral/tool-call-stream': inCalls((call) => ({ type: 'function', ...call })),
  'other/compat-tool-index-starts-at-1': inCalls((call) => ({ ...call, index: 0 })),
  'qwen/reasoning-tool-stream': inCalls(withoutEmptyId),
  'qwen/tool-call-stream': inCalls(withoutEmptyId),
};

/** A chunk or body as a caller of the same format should get it. */
export function repair(name: string, data: unknown): unknown {
  const change = REPAIRS[name];
  const body = toMembers(data);
  if (change === undefined || !Array.isArray(body['choices'])) return data;
  return { ...body, choices: toList(body['choices']).map((choice) => change(toMembers(choice))) };
}

/** A list of `thinking` and `text` parts becomes `reasoning_content` beside a plain `content`. */
function flatten(message: Members): Members {
  if (!Array.isArray(message['content'])) return message;
  let content = '';
  let reasoning = '';
  for (const item of toList(message['content'])) {
    const part = toMembers(item);
    content += toText(part['text']);
    for (const piece of toList(part['thinking'])) reasoning += toText(toMembers(piece)['text']);
  }
  return { ...message, content, ...(reasoning === '' ? {} : { reasoning_content: reasoning }) };
}

function inCalls(change: (call: Members) => Members): (choice: Members) => unknown {
  return (choice) => {
    const delta = toMembers(choice['delta']);
    if (!Array.isArray(delta['tool_calls'])) return choice;
    const calls = toList(delta['tool_calls']).map((call) => change(toMembers(call)));
    return { ...choice, delta: { ...delta, tool_calls: calls } };
  };
}

function withoutEmptyId({ id, ...call }: Members): Members {
  return id === '' ? call : { id, ...call };
}
