import type { ChatRequest, ToolChoice, ToolDefinition } from '../../contract/chat-request.js';
import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { toToolName } from '../tools/map-tool-names.js';
import { MAX_TOOL_NAME } from './limits.js';

export interface EncodedTools {
  /** `tools`, `tool_choice` and `parallel_tool_calls`, those that are to be sent. */
  readonly members: Readonly<Record<string, JsonValue>>;
  /** Names as sent -> as the caller wrote them; absent where all fit. */
  readonly names?: ReadonlyMap<string, string>;
}

/**
 * Gathers the tools of a request for OpenAI's formats, which differ in how one tool and the choice are written. What
 * `encode` has no words for is left out and reported.
 * @throws GatewayError `unsupported_parameter` where such a tool must be used
 */
export function collectTools(
  request: ChatRequest,
  encode: (tool: ToolDefinition) => JsonObject | undefined,
  encodeChoice: (choice: ToolChoice, tools: readonly ToolDefinition[]) => JsonValue,
  dropped: Set<string>,
): EncodedTools {
  const tools: JsonObject[] = [];
  const names = new Map<string, string>();
  const left = new Set<string>();
  for (const tool of request.tools ?? []) {
    const encoded = encode(tool);
    if (encoded === undefined) {
      dropped.add(`tools.${tool.name}`);
      left.add(tool.name);
      continue;
    }
    tools.push(encoded);
    const sent = toToolName(tool.name, MAX_TOOL_NAME);
    if (tool.native === undefined && sent !== tool.name) names.set(sent, tool.name);
  }
  const choice = request.toolChoice;
  if (choice?.type === 'tool' && left.has(choice.name)) {
    throw new GatewayError(
      'unsupported_parameter',
      `tool_choice names ${choice.name}, a tool that this target does not have`,
      {
        param: 'tool_choice',
      },
    );
  }
  // Choices without tools are refused by vendors.
  if (tools.length === 0) return { members: {} };
  const members: Record<string, JsonValue> = { tools };
  if (choice !== undefined) members['tool_choice'] = encodeChoice(choice, request.tools ?? []);
  if (request.parallelToolCalls !== undefined) members['parallel_tool_calls'] = request.parallelToolCalls;
  return names.size === 0 ? { members } : { members, names };
}
