import type { ChatRequest } from '../../contract/chat-request.js';
import { toToolName } from '../tools/map-tool-names.js';

const MAX_NAME_CHARACTERS = 64;

/** How tool names are written in one request. */
export interface ToolNames {
  readonly toWire: (name: string) => string;
  /** Sent name -> caller's name, of those that had to change; absent where none had to. */
  readonly changed: ReadonlyMap<string, string> | undefined;
}

/** Plans the names of all tools that a request mentions, in its tools, its history and its choice. */
export function planToolNames(request: ChatRequest): ToolNames {
  const changed = new Map<string, string>();
  for (const tool of request.tools ?? []) if (tool.native === undefined) note(tool.name, changed);
  for (const message of request.messages) {
    if (message.role !== 'assistant') continue;
    for (const part of message.content) if (part.type === 'tool-call') note(part.name, changed);
  }
  if (request.toolChoice?.type === 'tool') note(request.toolChoice.name, changed);
  return { toWire: toGeminiName, changed: changed.size > 0 ? changed : undefined };
}

function note(name: string, changed: Map<string, string>): void {
  const wire = toGeminiName(name);
  if (wire !== name) changed.set(wire, name);
}

/** Gemini wants a letter or an underscore first. The dot makes `toToolName` add its hash, so that no two names meet. */
function toGeminiName(name: string): string {
  return toToolName(/^[a-zA-Z_]/.test(name) ? name : `_${name}.`, MAX_NAME_CHARACTERS);
}
