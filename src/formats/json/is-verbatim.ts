import type { JsonObject, JsonValue } from '../../contract/json.js';

/** Members that are the gateway's to write: who is asked, and what it has to read of the answer. */
const ROUTING_MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'models',
  'provider',
  'store',
  'stream_options',
]);

/** Whether the edits leave a body as its caller wrote it, apart from what routing has to change. */
export function isVerbatim(
  json: JsonObject,
  edits: Readonly<Record<string, JsonValue | undefined>>,
): boolean {
  return Object.entries(edits).every(([name, value]) => ROUTING_MEMBERS.has(name) || json[name] === value);
}
