import { GatewayError } from '../../contract/gateway-error.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../contract/json.js';
import { toNumber } from '../json/parse-json.js';
import { describeJson } from '../json/read-json.js';

export interface NumberBounds {
  readonly integer?: boolean;
  readonly min?: number;
  readonly max?: number;
}

/**
 * Reads the top-level members of a caller's body and collects every fault. `null` counts as absent, as it does at
 * OpenAI. What was read is remembered; the rest are the request's extensions.
 */
export class RequestReader {
  private readonly faults: string[] = [];
  private firstParam: string | undefined;
  /** A dozen or two: to go through them takes less than to make a set for each request. */
  private readonly known: string[] = [];

  constructor(private readonly json: JsonObject) {}

  /** @param param path of the member at fault @param problem the rest of the sentence: `must be a string, found null` */
  fault(param: string, problem: string): void {
    this.firstParam ??= param;
    this.faults.push(`${param} ${problem}`);
  }

  value(name: string): JsonValue | undefined {
    this.known.push(name);
    return this.json[name] ?? undefined;
  }

  string(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'string') return value;
    this.fault(name, `must be a string, found ${describeJson(value)}`);
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    this.fault(name, `must be true or false, found ${describeJson(value)}`);
    return undefined;
  }

  number(name: string, bounds: NumberBounds = {}): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = toNumber(value);
    const kind = bounds.integer === true ? 'an integer' : 'a number';
    if (number === undefined || (bounds.integer === true && !Number.isInteger(number))) {
      this.fault(
        name,
        `must be ${kind}, found ${number === undefined ? describeJson(value) : String(number)}`,
      );
    } else if (number < (bounds.min ?? -Infinity) || number > (bounds.max ?? Infinity)) {
      const range =
        bounds.max === undefined
          ? `at least ${String(bounds.min)}`
          : `between ${String(bounds.min)} and ${String(bounds.max)}`;
      this.fault(name, `must be ${range}, found ${String(number)}`);
    } else {
      return number;
    }
    return undefined;
  }

  object(name: string): JsonObject | undefined {
    const value = this.value(name);
    if (value === undefined || isJsonObject(value)) return value;
    this.fault(name, `must be an object, found ${describeJson(value)}`);
    return undefined;
  }

  array(name: string): readonly JsonValue[] | undefined {
    const value = this.value(name);
    if (value === undefined || Array.isArray(value)) return value;
    this.fault(name, `must be an array, found ${describeJson(value)}`);
    return undefined;
  }

  /** A string, or an array of strings. */
  strings(name: string): readonly string[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.fault(name, `must be a string or an array of strings, found ${describeJson(value)}`);
    return undefined;
  }

  /** Members that nothing has read, without those that are `null`. */
  rest(): Record<string, JsonValue> | undefined {
    let rest: Record<string, JsonValue> | undefined;
    for (const name in this.json) {
      const value = this.json[name];
      if (value === undefined || value === null || this.known.includes(name)) continue;
      rest ??= {};
      rest[name] = value;
    }
    return rest;
  }

  /** @throws GatewayError `invalid_request` with all faults, if there are any */
  throwFaults(): void {
    if (this.faults.length === 0) return;
    const shown = this.faults.slice(0, 10);
    const more = this.faults.length - shown.length;
    throw new GatewayError(
      'invalid_request',
      `${shown.join('; ')}${more > 0 ? `; and ${String(more)} more` : ''}`,
      {
        details: this.faults,
        param: this.firstParam,
      },
    );
  }
}
