import type { Finish } from '../../contract/chat-result.js';
import type { JsonObject } from '../../contract/json.js';
import { readObject, readString } from '../json/read-json.js';

/** Reads how a response ended. An incomplete one never reads as whole, whatever its reason. */
export function decodeFinish(response: JsonObject, isIncomplete: boolean, hasToolCalls: boolean): Finish {
  if (!isIncomplete)
    return { reason: hasToolCalls ? 'tool_calls' : 'stop', raw: readString(response['status']) };
  const raw = readString(readObject(response['incomplete_details'])?.['reason']) || 'incomplete';
  return { reason: raw === 'content_filter' ? 'content_filter' : 'length', raw };
}

/** `incomplete_details`; `undefined` for an answer that is whole. */
export function encodeIncomplete(finish: Finish): JsonObject | undefined {
  switch (finish.reason) {
    case 'length':
      return { reason: 'max_output_tokens' };
    case 'content_filter':
      return { reason: 'content_filter' };
    case 'stop':
    case 'tool_calls':
      return undefined;
  }
}
