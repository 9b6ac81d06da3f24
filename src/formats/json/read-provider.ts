import type { ProviderPreferences } from '../../contract/chat-request.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { describeJson, readNumber, readObject, readString } from './read-json.js';

/** What `provider` asks for. */
export interface ProviderWish {
  /** The one that is pinned by name. */
  readonly provider?: string;
  readonly preferences?: ProviderPreferences;
  /** Models to fall back to (Ofox's `provider.fallback`). */
  readonly fallbackModels?: readonly string[];
}

type Fault = (param: string, problem: string) => void;

/** Members that have a place of their own; whatever else is true of an object, only the vendor it is meant for can tell. */
const KNOWN = new Set([
  'order',
  'only',
  'ignore',
  'allow_fallbacks',
  'sort',
  'zdr',
  'data_collection',
  'max_price',
  'require_parameters',
  'fallback',
  'routing',
]);
/** A request is priced by its tokens here, never by itself. */
const PRICED = new Set(['prompt', 'completion', 'request']);
/** Ofox's words for what OpenRouter calls `sort`. */
const SORT_OF_ROUTING: Readonly<Record<string, string | undefined>> = {
  cost: 'price',
  latency: 'latency',
  balanced: 'balanced',
};
const NOTHING: ProviderWish = {};

/**
 * Reads `provider`: a name that pins, or an object of preferences as OpenRouter and Ofox have them.
 * https://openrouter.ai/docs/features/provider-routing
 * https://docs.ofox.ai/develop/advanced/provider-routing
 */
export function readProvider(value: JsonValue | undefined, fault: Fault): ProviderWish {
  if (value === undefined || value === null || value === '') return NOTHING;
  if (typeof value === 'string') return { provider: value };
  if (!isJsonObject(value)) {
    fault('provider', `must be a string or an object, found ${describeJson(value)}`);
    return NOTHING;
  }
  const fallback = readNames(value, 'fallback', fault);
  const maxPrice = readMaxPrice(value, fault);
  return {
    preferences: {
      order: readNames(value, 'order', fault),
      only: readNames(value, 'only', fault),
      ignore: readNames(value, 'ignore', fault),
      allowFallbacks: readFlag(value, 'allow_fallbacks', fault),
      sort: readSort(value, fault),
      zdr: readFlag(value, 'zdr', fault) === true,
      denyCollection: readWord(value, 'data_collection', ['allow', 'deny'], fault) === 'deny',
      requireParameters: readFlag(value, 'require_parameters', fault) === true,
      maxPrice,
      others: unknownMembers(value),
      original: value,
    },
    ...(fallback === undefined ? {} : { fallbackModels: fallback }),
  };
}

function readSort(provider: JsonObject, fault: Fault): string | undefined {
  const sort = readString(provider['sort']) || readString(readObject(provider['sort'])?.['by']);
  const words = ['priority', ...Object.keys(SORT_OF_ROUTING)];
  const routing = readWord(provider, 'routing', words, fault);
  return sort || (routing === undefined ? undefined : SORT_OF_ROUTING[routing]);
}

function readMaxPrice(provider: JsonObject, fault: Fault): ProviderPreferences['maxPrice'] {
  const value = provider['max_price'] ?? undefined;
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) {
    fault('provider.max_price', `must be an object, found ${describeJson(value)}`);
    return undefined;
  }
  const read = (name: string): number | undefined => {
    const given = value[name] ?? undefined;
    if (given === undefined) return undefined;
    // Its documentation has numbers, its SDKs send them as strings too.
    const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : readNumber(given);
    if (number !== undefined && number >= 0) return number;
    fault(`provider.max_price.${name}`, `must be a number of at least 0, found ${describeJson(given)}`);
    return undefined;
  };
  return { prompt: read('prompt'), completion: read('completion') };
}

/** With a wish in them: an empty list, `false` and `null` ask for nothing. */
function unknownMembers(provider: JsonObject): readonly string[] {
  const prices = readObject(provider['max_price']) ?? {};
  return [
    ...Object.keys(provider).filter((name) => !KNOWN.has(name) && asksForSomething(provider[name])),
    ...Object.keys(prices)
      .filter((name) => !PRICED.has(name) && asksForSomething(prices[name]))
      .map((name) => `max_price.${name}`),
  ];
}

function asksForSomething(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false;
}

function readFlag(provider: JsonObject, name: string, fault: Fault): boolean | undefined {
  const value = provider[name] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  fault(`provider.${name}`, `must be true or false, found ${describeJson(value)}`);
  return undefined;
}

function readWord(
  provider: JsonObject,
  name: string,
  words: readonly string[],
  fault: Fault,
): string | undefined {
  const value = provider[name] ?? undefined;
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return value;
  fault(`provider.${name}`, `must be one of ${words.join(', ')}, found ${describeJson(value)}`);
  return undefined;
}

function readNames(provider: JsonObject, name: string, fault: Fault): readonly string[] | undefined {
  const value = provider[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  fault(`provider.${name}`, `must be an array of strings, found ${describeJson(value)}`);
  return undefined;
}

/** What of the object a vendor gets that understands it, wholly or in some members; `undefined`: nothing. */
export function forwardPreferences(
  preferences: ProviderPreferences | undefined,
  understood: 'all' | readonly string[] | undefined,
): JsonObject | undefined {
  const original = preferences?.original;
  if (original === undefined || understood === undefined) return undefined;
  if (understood === 'all') return original;
  const members = Object.entries(original).filter(([name]) => understood.includes(name));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
