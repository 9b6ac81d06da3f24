import { IsOptional, ValidateBy, ValidateNested, type ValidationArguments } from 'class-validator';
import { DURATION_WORDS, parseDuration } from './duration.js';
import { INSTANT_WORDS, parseInstant } from './instant.js';
import { addKey, type ConfigClass, type KeyInfo } from './key-info.js';
import { suggestion } from './nearest-name.js';
import { PROXY_WORDS, readProxyUrl } from './proxy-url.js';
import { parseSize, SIZE_WORDS } from './size.js';

/*
 * The decorators of configuration keys. Each is one class-validator rule whose message is the phrase after
 * "expected", together with the description that the JSON Schema shows. The rule's name and constraints are what the
 * schema is generated from.
 */

interface KeyOptions {
  readonly default?: unknown;
  readonly required?: boolean;
}

interface Rule {
  readonly name: string;
  readonly constraints?: unknown[];
  readonly accepts: (value: unknown) => boolean;
  readonly expected: string | ((value: unknown) => string);
}

/** Node's timers overflow above this and then fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

function key(
  description: string,
  options: KeyOptions,
  rule: Rule,
  info: Partial<KeyInfo> = {},
): PropertyDecorator {
  const { expected } = rule;
  return (target, property) => {
    addKey(target, String(property), {
      description,
      ...('default' in options ? { default: options.default } : {}),
      ...info,
    });
    if (options.required !== true) {
      IsOptional()(target, property);
    }
    const message = ({ value }: ValidationArguments) =>
      typeof expected === 'string' ? expected : expected(value);
    ValidateBy(
      { name: rule.name, constraints: rule.constraints ?? [], validator: { validate: rule.accepts } },
      { message },
    )(target, property);
  };
}

/** A duration that a timer waits for. Absent `zero`, it must be above 0. `off`: may be the word `off` instead. */
export function DurationKey(
  description: string,
  options: KeyOptions & { zero?: boolean; longest?: number; off?: boolean } = {},
) {
  const longest = options.longest ?? LONGEST_TIMER_MS;
  return key(description, options, {
    name: options.off === true ? 'isDurationOrOff' : 'isDuration',
    accepts: (value) => {
      if (options.off === true && value === 'off') return true;
      const milliseconds = typeof value === 'string' ? parseDuration(value) : undefined;
      return (
        milliseconds !== undefined && milliseconds <= longest && (options.zero === true || milliseconds > 0)
      );
    },
    expected: (value) => {
      if (typeof value === 'number') {
        return `${DURATION_WORDS} (a bare number does not say whether it is seconds or milliseconds)`;
      }
      const milliseconds = typeof value === 'string' ? parseDuration(value) : undefined;
      if (milliseconds === undefined) {
        return DURATION_WORDS;
      }
      return milliseconds > longest
        ? `a duration of at most ${Math.floor(longest / 86_400_000)}d`
        : 'a duration above 0s';
    },
  });
}

/** A point in time. */
export function InstantKey(description: string, options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isInstant',
    accepts: (value) => typeof value === 'string' && parseInstant(value) !== undefined,
    expected: INSTANT_WORDS,
  });
}

export function SizeKey(description: string, options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isSize',
    accepts: (value) => typeof value === 'string' && (parseSize(value) ?? 0) > 0,
    expected: (value) =>
      typeof value === 'number' ? `${SIZE_WORDS} (a bare number does not say of what)` : SIZE_WORDS,
  });
}

export function WholeNumberKey(description: string, options: KeyOptions & { min: number }) {
  const rule: Rule = {
    name: 'isWholeNumber',
    constraints: [options.min],
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= options.min,
    expected: `a whole number of at least ${options.min}`,
  };
  return key(description, options, rule, { scalar: 'number' });
}

/** A number of any size from 0 on; with `aboveZero`, 0 itself is refused. */
export function NumberKey(description: string, options: KeyOptions & { aboveZero?: boolean } = {}) {
  const aboveZero = options.aboveZero === true;
  const rule: Rule = {
    name: 'isPositiveNumber',
    constraints: [aboveZero],
    accepts: (value) => Number.isFinite(value) && (aboveZero ? Number(value) > 0 : Number(value) >= 0),
    expected: aboveZero ? 'a number above 0' : 'a number of at least 0',
  };
  return key(description, options, rule, { scalar: 'number' });
}

export function FlagKey(description: string, options: KeyOptions = {}) {
  const rule: Rule = {
    name: 'isFlag',
    accepts: (value) => typeof value === 'boolean',
    expected: 'true or false',
  };
  return key(description, options, rule, { scalar: 'boolean' });
}

export function ChoiceKey(description: string, choices: readonly string[], options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isChoice',
    constraints: [choices],
    accepts: (value) => typeof value === 'string' && choices.includes(value),
    expected: (value) => `one of ${choices.join(', ')}${suggestion(value, choices)}`,
  });
}

/** A string that is not empty. */
export function TextKey(
  description: string,
  options: KeyOptions & { pattern?: RegExp; expected?: string; emptyAllowed?: boolean } = {},
) {
  const pattern = options.pattern ?? (options.emptyAllowed === true ? undefined : /\S/);
  return key(description, options, {
    name: 'isText',
    constraints: [pattern],
    accepts: (value) => typeof value === 'string' && (pattern?.test(value) ?? true),
    expected: options.expected ?? 'a string that is not empty',
  });
}

/** A list of strings. The faults are shown at the entries; see `check-config.ts`. */
export function TextListKey(description: string, options: KeyOptions & { emptyAllowed?: boolean } = {}) {
  const emptyAllowed = options.emptyAllowed === true;
  const accepts = (entry: unknown) => typeof entry === 'string' && (emptyAllowed || entry.trim() !== '');
  return key(description, options, {
    name: emptyAllowed ? 'isTextList' : 'isFilledTextList',
    accepts: (value) => Array.isArray(value) && value.every(accepts),
    expected: (value) =>
      Array.isArray(value) ? 'a string that is not empty' : 'a list of strings, such as ["one", "two"]',
  });
}

/** Text by name. The faults are shown at the entries; see `cross-check.ts`. */
export function TextByNameKey(description: string, options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isTextByName',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    expected: 'a mapping of names to strings',
  });
}

/** Values of any kind by name. */
export function JsonByNameKey(description: string, options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isJsonByName',
    accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    expected: 'a mapping of names to values',
  });
}

export function HttpUrlKey(description: string, options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isHttpUrl',
    accepts: (value) =>
      typeof value === 'string' &&
      /^https?:\/\//i.test(value) &&
      URL.canParse(value) &&
      !/[?#\s]/.test(value),
    expected: 'a URL that begins with http:// or https:// and has no query',
  });
}

export const NO_PROXY = 'none';

/** The address of a proxy, or the word for going without one. */
export function ProxyKey(description: string, options: KeyOptions = {}) {
  return key(description, options, {
    name: 'isProxy',
    accepts: (value) =>
      typeof value === 'string' && (value === NO_PROXY || readProxyUrl(value) !== undefined),
    expected: `${PROXY_WORDS}, or "${NO_PROXY}"`,
  });
}

function section(
  description: string,
  info: NonNullable<KeyInfo['section']>,
  options: KeyOptions,
): PropertyDecorator {
  return (target, property) => {
    addKey(target, String(property), { description, section: info });
    if (options.required === true) {
      ValidateBy(
        { name: 'isGiven', validator: { validate: (value) => Array.isArray(value) && value.length > 0 } },
        { message: 'a list with at least one entry' },
      )(target, property);
    } else {
      IsOptional()(target, property);
    }
    ValidateNested()(target, property);
  };
}

export function SectionKey(description: string, type: ConfigClass) {
  return section(description, { type, shape: 'one' }, {});
}

export function SectionListKey(
  description: string,
  type: ConfigClass,
  options: { required?: boolean; shorthand?: string } = {},
) {
  return section(description, { type, shape: 'list', shorthand: options.shorthand }, options);
}

export function SectionsByNameKey(description: string, type: ConfigClass) {
  return section(description, { type, shape: 'by-name' }, {});
}
