import { suggestion } from '../config/nearest-name.js';
import { GatewayError } from '../contract/gateway-error.js';

/** Parameters of a query as they were sent: a text, or a list of texts for one that came several times. */
export type RawQuery = Readonly<Record<string, unknown>>;

/**
 * Checks that there is nothing in a query but these parameters, each at most once and not empty.
 * @throws GatewayError `invalid_request`
 */
export function readQuery<Name extends string>(
  query: RawQuery,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const found: Partial<Record<Name, string>> = {};
  for (const [name, value] of Object.entries(query)) {
    const known = names.find((other) => other === name);
    if (known === undefined) {
      const close = suggestion(name, names);
      throw new GatewayError(
        'invalid_request',
        `${name}: unknown parameter${close}; expected any of ${names.join(', ')}`,
        { param: name },
      );
    }
    if (typeof value !== 'string') throw fault(name, value, 'one value');
    if (value === '') throw fault(name, value, 'a value, or no such parameter');
    found[known] = value;
  }
  return found;
}

/** `name: found "x", expected y`. */
export function fault(name: string, found: unknown, expected: string): GatewayError {
  const shown = JSON.stringify(found);
  const short = shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
  return new GatewayError('invalid_request', `${name}: found ${short}, expected ${expected}`, {
    param: name,
  });
}

export function readLimit(text: string | undefined, usual: number, most: number): number {
  if (text === undefined) return usual;
  const limit = Number(text);
  if (!/^\d{1,9}$/.test(text) || limit < 1 || limit > most) {
    throw fault('limit', text, `a whole number from 1 to ${String(most)}`);
  }
  return limit;
}

/** One of some names. */
export function readChoice<Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((other) => other === text);
  if (choice === undefined) {
    throw fault(name, text, `one of ${choices.join(', ')}${suggestion(text, choices)}`);
  }
  return choice;
}
