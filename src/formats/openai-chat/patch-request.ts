import type { ChatRequest } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import type { EncodedRequest, EncodeOptions, TargetTraits } from '../../contract/wire-format.js';
import { isVerbatim } from '../json/is-verbatim.js';
import { patchOriginal } from '../json/patch-original.js';
import { readArray, readObject } from '../json/read-json.js';
import { forwardPreferences } from '../json/read-provider.js';
import { mayHoldSignedToolCallId } from '../tools/signed-tool-call-id.js';
import { describeSchema } from './encode-tools.js';
import { withPlainToolCallIds } from './plain-tool-call-ids.js';

const MESSAGE_MEMBER = 'messages[].';

/**
 * The caller's own body with the target's model in it. Beyond that only what the target's traits demand is changed;
 * every other byte goes through. Routing is Sluice's, so `models` stays here, and `provider` where the vendor does not route
 * by it as well.
 */
export function patchRequest(request: ChatRequest, { model, traits }: EncodeOptions): EncodedRequest {
  const { json } = request.original;
  const edits: Record<string, JsonValue | undefined> = { model };
  const dropped: string[] = [];
  if (json['provider'] !== undefined) {
    edits['provider'] = forwardPreferences(request.preferences, traits.preferences);
  }
  if (json['models'] !== undefined) edits['models'] = undefined;
  if (request.stream) editStreamOptions(edits, json, traits);
  editMaxTokens(edits, json, traits);
  const messages = editMessages(request, traits, dropped);
  if (messages !== undefined) edits['messages'] = messages;
  if (request.responseFormat?.type === 'json-schema' && traits.jsonSchema === false) {
    edits['response_format'] = { type: 'json_object' };
    edits['messages'] = [
      { role: 'system', content: describeSchema(request.responseFormat) },
      ...(messages ?? readArray(json['messages'])),
    ];
  }
  for (const name of traits.unsupported ?? []) {
    if (name.startsWith(MESSAGE_MEMBER)) continue;
    const present = name in edits ? edits[name] : json[name];
    if (present === undefined) continue;
    edits[name] = undefined;
    if (present !== null) dropped.push(name);
  }
  return { body: patchOriginal(request.original, edits), dropped, isVerbatim: isVerbatim(json, edits) };
}

function editStreamOptions(
  edits: Record<string, JsonValue | undefined>,
  json: JsonObject,
  traits: TargetTraits,
): void {
  if (traits.streamUsage !== false) {
    edits['stream_options'] = { ...readObject(json['stream_options']), include_usage: true };
  } else if (json['stream_options'] !== undefined) {
    edits['stream_options'] = undefined;
  }
}

function editMaxTokens(
  edits: Record<string, JsonValue | undefined>,
  json: JsonObject,
  traits: TargetTraits,
): void {
  const wanted = traits.maxTokensField;
  if (wanted === undefined) return;
  const other = wanted === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
  const value = json[other];
  if (value === undefined) return;
  edits[other] = undefined;
  // The newer name wins where a caller sends both.
  const both = json[wanted] !== undefined && json[wanted] !== null;
  if (value !== null && (!both || wanted === 'max_tokens')) edits[wanted] = value;
}

/**
 * Messages in a new form where the target cannot take them as they are, else `undefined`: `developer` as `system`,
 * without the members that `traits.unsupported` lists as `messages[].<name>`, and tool call ids without a signature.
 */
function editMessages(
  request: ChatRequest,
  traits: TargetTraits,
  dropped: string[],
): JsonValue[] | undefined {
  const renameDeveloper =
    traits.developerRole !== true && request.messages.some((message) => message.role === 'developer');
  const refused = (traits.unsupported ?? [])
    .filter((name) => name.startsWith(MESSAGE_MEMBER))
    .map((name) => name.slice(MESSAGE_MEMBER.length));
  const signed = mayHoldSignedToolCallId(request.original.text);
  if (!renameDeveloper && refused.length === 0 && !signed) return undefined;
  let changed = renameDeveloper;
  const messages = readArray(request.original.json['messages']).map((sent): JsonValue => {
    if (!isJsonObject(sent)) return sent;
    const message = signed ? withPlainToolCallIds(sent) : sent;
    if (message !== sent) changed = true;
    const found = refused.filter((name) => message[name] !== undefined);
    const rename = renameDeveloper && message['role'] === 'developer';
    if (found.length === 0 && !rename) return message;
    changed = true;
    const copy: JsonObject = {};
    for (const [name, value] of Object.entries(message)) if (!found.includes(name)) copy[name] = value;
    if (rename) copy['role'] = 'system';
    for (const name of found) if (!dropped.includes(`messages[].${name}`)) dropped.push(`messages[].${name}`);
    return copy;
  });
  return changed ? messages : undefined;
}
