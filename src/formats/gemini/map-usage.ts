import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import { readArray, readNumber } from '../json/read-json.js';

/**
 * Reads `usageMetadata`: https://ai.google.dev/api/generate-content#UsageMetadata. `promptTokenCount` holds the cached
 * tokens already; tokens of tool results stand beside it, thoughts beside the candidates. A count that is zero is left
 * out by Google: the total then tells it from one that is not reported.
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const prompt = readNumber(value['promptTokenCount']);
  const toolPrompt = readNumber(value['toolUsePromptTokenCount']);
  const thoughts = readNumber(value['thoughtsTokenCount']);
  const input = sum(prompt, toolPrompt);
  const output = sum(readNumber(value['candidatesTokenCount']), thoughts);
  const total = readNumber(value['totalTokenCount']);
  const usage: Record<string, number> = {};
  set(usage, 'inputTokens', input);
  set(usage, 'outputTokens', output ?? rest(total, input));
  set(usage, 'cacheReadTokens', readNumber(value['cachedContentTokenCount']));
  set(usage, 'reasoningTokens', thoughts);
  set(usage, 'inputAudioTokens', countModality(value, 'promptTokensDetails', 'AUDIO'));
  set(usage, 'outputAudioTokens', countModality(value, 'candidatesTokensDetails', 'AUDIO'));
  set(usage, 'cacheReadAudioTokens', countModality(value, 'cacheTokensDetails', 'AUDIO'));
  set(usage, 'outputImageTokens', countModality(value, 'candidatesTokensDetails', 'IMAGE'));
  return Object.keys(usage).length > 0 ? usage : undefined;
}

function sum(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined ? second : first + (second ?? 0);
}

function rest(total: number | undefined, input: number | undefined): number | undefined {
  return total === undefined || input === undefined ? undefined : Math.max(0, total - input);
}

function countModality(usage: JsonObject, member: string, modality: string): number | undefined {
  for (const detail of readArray(usage[member]))
    if (isJsonObject(detail) && detail['modality'] === modality) return readNumber(detail['tokenCount']);
  return undefined;
}

function set(usage: Record<string, number>, name: keyof Usage, value: number | undefined): void {
  if (value !== undefined) usage[name] = value;
}
