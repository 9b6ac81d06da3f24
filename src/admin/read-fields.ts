import { validateSync, type ValidationError } from 'class-validator';
import { describeValue } from '../config/config-document.js';
import { formatPath } from '../config/config-path.js';
import { keysOf, type ConfigClass } from '../config/key-info.js';
import { suggestion } from '../config/nearest-name.js';
import { GatewayError } from '../contract/gateway-error.js';
import type { JsonObject } from '../contract/json.js';

/** What is wrong with one field. */
interface FieldFault {
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

/** What the classes cannot see: how a value relates to the time of day, or to what can be counted. */
export type FieldCheck<T> = (fields: T, report: (fault: FieldFault) => void) => void;

export interface ReadFieldsOptions<T> {
  /** Required fields may be absent, as they are there already. */
  readonly isPatch?: boolean;
  readonly check?: FieldCheck<T>;
}

/**
 * Reads a body with a class of the configuration's decorators. A field that is `null` stays `null`.
 * @throws GatewayError `invalid_request` with every fault at once
 */
export function readFields<T extends object>(
  type: ConfigClass<T>,
  body: JsonObject,
  { isPatch = false, check }: ReadFieldsOptions<T> = {},
): T {
  const faults: FieldFault[] = [];
  const report = (fault: FieldFault): void => void faults.push(fault);
  const fields = new type();
  const known = keysOf(type);
  for (const [name, value] of Object.entries(body)) {
    if (known.has(name)) Object.assign(fields, { [name]: value });
    else report({ field: formatPath([name]), ...describeUnknown(name, [...known.keys()]) });
  }
  for (const error of validateSync(fields, {
    forbidUnknownValues: false,
    skipUndefinedProperties: isPatch,
  })) {
    for (const fault of toFaults(error)) report(fault);
    // The check then sees only what is in order by itself.
    Reflect.deleteProperty(fields, error.property);
  }
  check?.(fields, report);
  if (faults.length > 0) throw toError(faults);
  return fields;
}

function describeUnknown(name: string, known: readonly string[]): Pick<FieldFault, 'found' | 'expected'> {
  if (name === 'key') {
    return {
      found: 'a value that is not shown',
      expected: 'no such field: the gateway makes the secret itself',
    };
  }
  const hint = suggestion(name, known);
  return {
    found: 'an unknown field',
    expected: hint === '' ? `one of ${known.join(', ')}` : `a known field${hint}`,
  };
}

function toFaults({ property, value, constraints = {} }: ValidationError): readonly FieldFault[] {
  return Object.entries(constraints).flatMap(([rule, expected]): readonly FieldFault[] => {
    if (!rule.endsWith('TextList') || !Array.isArray(value)) {
      return [{ field: property, found: describeValue(value), expected }];
    }
    return value.flatMap((entry: unknown, index): FieldFault[] =>
      typeof entry === 'string' && entry.trim() !== ''
        ? []
        : [{ field: formatPath([property, index]), found: describeValue(entry), expected }],
    );
  });
}

function toError(faults: readonly FieldFault[]): GatewayError {
  const details = faults.map(
    ({ field, found, expected }) => `${field}: found ${found}, expected ${expected}`,
  );
  return new GatewayError('invalid_request', details.join('; '), { param: faults[0]?.field, details });
}
