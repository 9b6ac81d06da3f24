import { hash } from 'node:crypto';
import type { GatewaySettings } from '../config/gateway-settings.js';
import type { ChatRequest } from '../contract/chat-request.js';
import type { EmbeddingsRequest } from '../contract/embeddings.js';
import type { JsonValue } from '../contract/json.js';
import { toAskedRoute } from './to-asked-route.js';
import { toCanonicalJson } from './to-canonical-json.js';

/** Whose answers a request may get, and what it may be answered by. */
export interface KeyContext {
  /** Identity of the gateway key (`''` where none is needed); `null` for answers that several keys share. */
  readonly tenant: string | null;
  /** Patterns of what the caller may use: they decide which targets of a route may answer it. */
  readonly models: readonly string[];
  readonly settings: GatewaySettings;
}

/** Extensions that say how an answer is transported or stored, not what it is. */
const TRANSPORT: ReadonlySet<string> = new Set(['stream_options', 'store']);
/** A header that names the revision of the wire format. */
const FORMAT_VERSION = 'anthropic-version';

/**
 * The key of a chat request: a hash over all of its canonical reading but the members that are taken out by name here,
 * so that a new member counts until somebody decides that it says nothing about the answer.
 *
 * What only one format can say (`rest` as of `InboundFormat.readRest`, extensions, headers) counts together with the
 * format; without any of it requests of all formats share their keys.
 */
export function toCacheKey(request: ChatRequest, rest: JsonValue | undefined, context: KeyContext): string {
  const {
    // Read: this is the rest of it.
    original: { format },
    model,
    fallbackModels,
    // Hits are served in either shape, with a usage report for whoever wants one.
    stream: _stream,
    includeUsage: _includeUsage,
    // Where a message stood in the body, for error messages.
    messageOrigins: _messageOrigins,
    // The caller's own notes: no vendor shows them to a model.
    metadata: _metadata,
    extensions,
    vendorHeaders,
    ...asked
  } = request;
  const native = {
    rest,
    extensions: without(extensions, (name) => TRANSPORT.has(name)),
    headers: without(vendorHeaders, (name) => name === FORMAT_VERSION),
  };
  const isNative = Object.values(native).some((value) => value !== undefined);
  return hashKey('chat', {
    ...describeContext(context),
    asked: [model, ...(fallbackModels ?? [])].map((name) => toAskedRoute(name, context.settings)),
    request: asked,
    native: isNative ? { ...native, format: format === 'simple-chat' ? 'openai-chat' : format } : undefined,
  });
}

/** The key of one input of an embeddings request: what the others are does not matter to it. */
export function toEmbeddingKey(request: EmbeddingsRequest, input: JsonValue, context: KeyContext): string {
  const { original: _original, model, input: _inputs, ...asked } = request;
  return hashKey('embedding', {
    ...describeContext(context),
    asked: toAskedRoute(model, context.settings),
    request: asked,
    input,
  });
}

function describeContext({ tenant, models }: KeyContext): object {
  return { tenant, models: models.toSorted() };
}

/** `undefined` where nothing remains. */
function without(
  members: Readonly<Record<string, JsonValue>> | undefined,
  isLeftOut: (name: string) => boolean,
): Readonly<Record<string, JsonValue>> | undefined {
  const kept = Object.entries(members ?? {}).filter(([name]) => !isLeftOut(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function hashKey(kind: string, value: object): string {
  return `${kind}:${hash('sha256', toCanonicalJson(value), 'base64url')}`;
}
