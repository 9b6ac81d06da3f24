import type { ChatRequest } from '../../contract/chat-request.js';
import { toToolName } from '../tools/map-tool-names.js';

const MAX_NAME_CHARACTERS = 64;

/** How tool names are written in one request. */
export interface ToolNames {
  readonly toWire: (name: string) => string;
  /** Sent name -> caller's name, of those that had to change. */
  readonly changed: ReadonlyMap<string, string>;
  /** A name that no tool of the request has. */
  readonly answerTool: string;
}

/**
 * Plans the names of all tools that a request mentions, in its tools, its history and its choice. Names that Anthropic
 * accepts stay; others are cleaned, cut and told apart by a hash, the same in every request, so that prompt caches hold.
 */
export function planToolNames(request: ChatRequest): ToolNames {
  const mentioned = collectNames(request);
  const sent = new Map<string, string>();
  const changed = new Map<string, string>();
  for (const name of mentioned) {
    const wire = toToolName(name, MAX_NAME_CHARACTERS);
    if (wire === name) continue;
    sent.set(name, wire);
    changed.set(wire, name);
  }
  return {
    toWire: (name) => sent.get(name) ?? name,
    changed,
    answerTool: findFree('give_answer', mentioned),
  };
}

function collectNames(request: ChatRequest): Set<string> {
  const names = new Set<string>();
  for (const tool of request.tools ?? []) if (tool.native === undefined) names.add(tool.name);
  for (const message of request.messages) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content) if (part.type === 'tool-call') names.add(part.name);
  }
  if (request.toolChoice?.type === 'tool') names.add(request.toolChoice.name);
  return names;
}

function findFree(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}_${String(count)}`;
  return name;
}
