import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { Usage } from '../../contract/usage.js';
import { readNumber, readObject } from '../json/read-json.js';
import type { WireUsage } from './wire-types.js';

/** Reads a `usage` object of any OpenAI-compatible vendor; `undefined` where it is none or reports nothing. */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const prompt = readNumber(value['prompt_tokens']) ?? readNumber(value['input_tokens']);
  const completion = readNumber(value['completion_tokens']) ?? readNumber(value['output_tokens']);
  const promptDetails =
    readObject(value['prompt_tokens_details']) ?? readObject(value['input_tokens_details']);
  const completionDetails =
    readObject(value['completion_tokens_details']) ?? readObject(value['output_tokens_details']);
  const reasoning =
    readNumber(completionDetails?.['reasoning_tokens']) ?? readNumber(value['reasoning_tokens']);
  const usage: Record<string, number> = {};
  set(usage, 'inputTokens', prompt);
  set(usage, 'outputTokens', withReasoning(value, prompt, completion, reasoning));
  set(usage, 'cacheReadTokens', readCacheRead(value, promptDetails));
  set(usage, 'cacheWriteTokens', readCacheWrite(value, promptDetails));
  set(usage, 'reasoningTokens', reasoning);
  set(usage, 'inputAudioTokens', readNumber(promptDetails?.['audio_tokens']));
  set(usage, 'outputAudioTokens', readNumber(completionDetails?.['audio_tokens']));
  for (const name in usage) if (name !== '') return usage;
  return undefined;
}

/**
 * xAI leaves reasoning out of `completion_tokens` but counts it in the total, and so does Gemini's compatible endpoint,
 * which reports no reasoning: there the total alone shows it. Everyone else includes it.
 */
function withReasoning(
  value: JsonObject,
  prompt: number | undefined,
  completion: number | undefined,
  reasoning: number | undefined,
): number | undefined {
  const total = readNumber(value['total_tokens']);
  if (completion === undefined || prompt === undefined || total === undefined) return completion;
  const rest = total - prompt - completion;
  if (rest <= 0) return completion;
  const isBareReport = Object.keys(value).length === 3;
  return rest === reasoning || isBareReport ? completion + rest : completion;
}

/** Standard, then DeepSeek's, Moonshot's, and Anthropic's name as relays pass it on. */
function readCacheRead(value: JsonObject, details: JsonObject | undefined): number | undefined {
  return (
    readNumber(details?.['cached_tokens']) ??
    readNumber(value['prompt_cache_hit_tokens']) ??
    readNumber(value['cached_tokens']) ??
    readNumber(value['cache_read_input_tokens'])
  );
}

/** OpenAI's and OpenRouter's name, LiteLLM's, and Anthropic's as relays pass it on. */
function readCacheWrite(value: JsonObject, details: JsonObject | undefined): number | undefined {
  return (
    readNumber(details?.['cache_write_tokens']) ??
    readNumber(details?.['cache_creation_tokens']) ??
    readNumber(value['cache_creation_input_tokens'])
  );
}

function set(usage: Record<string, number>, name: keyof Usage, value: number | undefined): void {
  if (value !== undefined) usage[name] = value;
}

/** Writes a usage report; `undefined` where neither total is known. One total that is missing reads as zero there. */
export function encodeUsage(usage: Usage | undefined): WireUsage | undefined {
  if (usage === undefined || (usage.inputTokens === undefined && usage.outputTokens === undefined))
    return undefined;
  const prompt = usage.inputTokens ?? 0;
  const completion = usage.outputTokens ?? 0;
  const promptDetails = compact({
    cached_tokens: usage.cacheReadTokens,
    audio_tokens: usage.inputAudioTokens,
    cache_write_tokens: usage.cacheWriteTokens,
  });
  const completionDetails = compact({
    reasoning_tokens: usage.reasoningTokens,
    audio_tokens: usage.outputAudioTokens,
  });
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(promptDetails === undefined ? undefined : { prompt_tokens_details: promptDetails }),
    ...(completionDetails === undefined ? undefined : { completion_tokens_details: completionDetails }),
  };
}

function compact(members: Record<string, number | undefined>): Record<string, number> | undefined {
  let present: Record<string, number> | undefined;
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    present ??= {};
    present[name] = value;
  }
  return present;
}
