import type { BodyOverlay } from '../config/gateway-settings.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.js';
import type { EncodedRequest } from '../contract/wire-format.js';
import { patchJson } from '../formats/json/patch-json.js';

/** Lays what the operator wants of a vendor's request over one that is written. Members that are not named stay as they are. */
export function overlayBody(
  encoded: EncodedRequest,
  overlay: BodyOverlay,
  asked: JsonObject,
): EncodedRequest {
  const present = JSON.parse(encoded.body) as JsonObject;
  const removed = overlay.remove.filter((name) => Object.hasOwn(present, name));
  const kept = Object.fromEntries(Object.entries(present).filter(([name]) => !removed.includes(name)));
  const wanted = merge(merge(overlay.default, kept), overlay.set);
  const edits: Record<string, JsonValue | undefined> = {};
  for (const name of [...Object.keys(overlay.default), ...Object.keys(overlay.set), ...removed])
    edits[name] = wanted[name];
  const body = patchJson(encoded.body, edits);
  if (body === encoded.body) return encoded;
  const dropped = removed.filter((name) => Object.hasOwn(asked, name) && wanted[name] === undefined);
  return { ...encoded, body, isVerbatim: false, dropped: [...new Set([...encoded.dropped, ...dropped])] };
}

/** Objects member by member; of anything else the upper one counts. */
export function merge(lower: JsonObject, upper: JsonObject): JsonObject {
  const merged: JsonObject = { ...lower };
  for (const [name, value] of Object.entries(upper)) {
    const below = merged[name];
    merged[name] = isJsonObject(value) && isJsonObject(below) ? merge(below, value) : value;
  }
  return merged;
}
