import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';

/**
 * What a value says beyond what a reading of it holds; `undefined` where the reading holds it all. Composed of the
 * functions here, one for each place of a body. A place that nobody described is rest, so that a description that falls
 * behind its decoder costs a difference too many and never one too few. `null` says nothing anywhere.
 */
export type RestOf = (value: JsonValue) => JsonValue | undefined;

/** The reading holds whatever stands here. */
export const held: RestOf = () => undefined;

/** The reading holds nothing of it. */
export const unread: RestOf = (value) => value;

const heldIf =
  (isRead: (value: JsonValue) => boolean): RestOf =>
  (value) =>
    isRead(value) ? undefined : value;

export const heldText = heldIf((value) => typeof value === 'string');
export const heldFlag = heldIf((value) => typeof value === 'boolean');
/** A number that a double cannot hold is another value than the one that was read. */
export const heldNumber = heldIf((value) => typeof value === 'number');
export const heldObject = heldIf(isJsonObject);
export const heldTexts = heldIf(
  (value) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string')),
);

/** One of these words, each of which reads as itself. */
export const heldWord = (...words: readonly string[]): RestOf =>
  heldIf((value) => typeof value === 'string' && words.includes(value));

/** An object, member by member. `others`: what has no place in the description. */
export const members =
  (description: Readonly<Record<string, RestOf>>, others: RestOf = unread): RestOf =>
  (value) => {
    if (!isJsonObject(value)) return value;
    let rest: JsonObject | undefined;
    for (const name in value) {
      const member = value[name];
      if (member === undefined || member === null) continue;
      const restOf = Object.hasOwn(description, name) ? (description[name] ?? others) : others;
      const left = restOf(member);
      if (left === undefined) continue;
      // Without a prototype any name is a name.
      rest ??= Object.create(null) as JsonObject;
      rest[name] = left;
    }
    return rest;
  };

/** An array, item by item. */
export const items =
  (restOf: RestOf): RestOf =>
  (value) => {
    if (!Array.isArray(value)) return value;
    let rest: JsonObject | undefined;
    for (const [index, item] of value.entries()) {
      const left = restOf(item);
      if (left === undefined) continue;
      rest ??= {};
      rest[String(index)] = left;
    }
    return rest;
  };

/** An object whose description depends on what is in it. */
export const chosen =
  (choose: (value: JsonObject) => RestOf): RestOf =>
  (value) =>
    isJsonObject(value) ? choose(value)(value) : value;

/** A text, or what `other` describes. */
export const textOr =
  (other: RestOf): RestOf =>
  (value) =>
    typeof value === 'string' ? undefined : other(value);

/** An object by its `type`; `other` for types without a description. */
export const byType = (description: Readonly<Record<string, RestOf>>, other: RestOf): RestOf =>
  chosen((value) => {
    const { type } = value;
    return typeof type === 'string' && Object.hasOwn(description, type)
      ? (description[type] ?? other)
      : other;
  });
