import type { ChatRequest } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions } from '../../contract/wire-format.js';
import { isVerbatim } from '../json/is-verbatim.js';
import { patchOriginal } from '../json/patch-original.js';
import { readObject } from '../json/read-json.js';
import { describeSchema } from '../openai-chat/encode-tools.js';
import { isReadableReasoning } from './map-reasoning.js';

/**
 * The caller's own body with the target's model, without the gateway's members and without what this target is known
 * to refuse. Nothing may be left in the vendor's store, where later requests could not be routed to it, so `store` is
 * always false. Input is touched only where it holds what no vendor of this format can read.
 */
export function forwardRequest(
  request: ChatRequest,
  { model, traits, foreignReasoning = false }: EncodeOptions,
): EncodedRequest {
  const { json } = request.original;
  const edits: Record<string, JsonValue | undefined> = { model, store: false };
  const dropped: string[] = [];
  if (json['store'] === true) dropped.push('store');
  if (json['provider'] !== undefined) edits['provider'] = undefined;
  if (json['models'] !== undefined) edits['models'] = undefined;
  const input = cleanInput(json['input'], foreignReasoning, dropped);
  if (input !== undefined) edits['input'] = input;
  const format = request.responseFormat;
  if (format?.type === 'json-schema' && traits.jsonSchema === false) {
    edits['text'] = { ...readObject(json['text']), format: { type: 'json_object' } };
    edits['input'] = [
      { role: 'system', content: describeSchema(format) },
      ...toItems(input ?? json['input']),
    ];
  }
  for (const name of traits.unsupported ?? []) {
    if (name === 'model' || name === 'input') continue;
    const present = name in edits ? edits[name] : json[name];
    if (present === undefined) continue;
    edits[name] = undefined;
    if (json[name] !== undefined && json[name] !== null && !dropped.includes(name)) dropped.push(name);
  }
  return { body: patchOriginal(request.original, edits), dropped, isVerbatim: isVerbatim(json, edits) };
}

function toItems(input: JsonValue | undefined): JsonValue[] {
  if (Array.isArray(input)) return input;
  return [{ role: 'user', content: input ?? '' }];
}

/** Input without reasoning that the target cannot read and without our own members; `undefined` where all can stay. */
function cleanInput(
  input: JsonValue | undefined,
  foreignReasoning: boolean,
  dropped: string[],
): JsonValue[] | undefined {
  const isRemoved = foreignReasoning ? isReasoning : isUnreadable;
  if (!Array.isArray(input) || !input.some((item) => isRemoved(item) || isExtended(item))) return undefined;
  const kept = input.filter((item) => !isRemoved(item));
  if (kept.length < input.length) dropped.push('input.reasoning');
  return kept.map((item) => {
    if (!isExtended(item)) return item;
    const { extra_content: _own, ...rest } = item;
    return rest;
  });
}

function isReasoning(item: JsonValue): item is JsonObject {
  return isJsonObject(item) && item['type'] === 'reasoning';
}

function isUnreadable(item: JsonValue): boolean {
  return isReasoning(item) && !isReadableReasoning(item);
}

function isExtended(item: JsonValue): item is JsonObject {
  return isJsonObject(item) && item['type'] === 'function_call' && item['extra_content'] !== undefined;
}
