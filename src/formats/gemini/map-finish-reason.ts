import type { Finish, FinishReason } from '../../contract/chat-result.js';
import type { JsonValue } from '../../contract/json.js';

/** https://ai.google.dev/api/generate-content#FinishReason; every other word reads as `stop`. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
};

/** The same as numbers, which proxies that ask for them (`enum-encoding=int`) pass on. */
const NUMBERED: readonly (string | undefined)[] = [
  undefined,
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
  'LANGUAGE',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'IMAGE_SAFETY',
];

/** The vendor's word; empty where the candidate goes on. */
export function readFinishReason(value: JsonValue | undefined): string {
  const word = typeof value === 'number' ? (NUMBERED[value] ?? (value > 0 ? String(value) : '')) : value;
  return typeof word === 'string' && word !== 'FINISH_REASON_UNSPECIFIED' ? word : '';
}

/** Gemini says `STOP` beside function calls, too. */
export function decodeFinish(raw: string, hasToolCalls: boolean): Finish {
  const reason = Object.hasOwn(REASONS, raw) ? (REASONS[raw] ?? 'stop') : 'stop';
  return { reason: reason === 'stop' && hasToolCalls ? 'tool_calls' : reason, raw };
}
