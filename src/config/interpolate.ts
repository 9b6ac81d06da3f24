import type { Variables } from './variables.js';

export interface Interpolation {
  readonly text: string;
  /** Names of the variables that the text asks for, in order. */
  readonly names: readonly string[];
  /** Those without a value and without a default. They came out empty. */
  readonly unset: readonly string[];
  /** Pieces that begin with `${` and are neither `${NAME}` nor `${NAME:-default}`. */
  readonly malformed: readonly string[];
  /** The text is one `${...}` and nothing else, so it may stand for a number or a boolean. */
  readonly whole: boolean;
}

const PIECE = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const REFERENCE = /^([A-Za-z_]\w*)(?::-(.*))?$/s;

/**
 * Puts variables into a string: `${NAME}`, `${NAME:-default}`; `$${` stays as `${`. What comes out of a variable is
 * not looked at again, so a secret that happens to contain `${` arrives as it is.
 */
export function interpolate(source: string, variables: Variables): Interpolation {
  const names: string[] = [];
  const unset: string[] = [];
  const malformed: string[] = [];
  const text = source.replace(PIECE, (piece: string, inner: string | undefined) => {
    if (piece === '$${') {
      return '${';
    }
    const [, name, fallback] = REFERENCE.exec(inner ?? '') ?? [];
    if (name === undefined) {
      malformed.push(piece);
      return piece;
    }
    names.push(name);
    const value = variables[name];
    if (value !== undefined && value !== '') {
      return value;
    }
    if (fallback === undefined) {
      unset.push(name);
    }
    return fallback ?? '';
  });
  return { text, names, unset, malformed, whole: names.length === 1 && /^\$\{[^}]*\}$/.test(source) };
}
