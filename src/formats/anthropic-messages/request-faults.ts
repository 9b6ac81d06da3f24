import { GatewayError } from '../../contract/gateway-error.js';
import type { JsonObject, JsonValue } from '../../contract/json.js';
import { describeJson, readNumber } from '../json/read-json.js';

interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/**
 * Collects every fault of a request while it is read, each as one line: the member, what was expected, what was found.
 * The `read` methods answer `undefined` both for what is absent (or null) and for what is at fault.
 */
export class RequestFaults {
  private readonly lines: string[] = [];
  private firstParam: string | undefined;

  add(param: string, line: string): void {
    this.firstParam ??= param;
    this.lines.push(`${param} ${line}`);
  }

  expect(param: string, expected: string, found: JsonValue | undefined): void {
    this.add(param, `must be ${expected}, found ${describeJson(found)}`);
  }

  readString(json: JsonObject, member: string, param = member): string | undefined {
    const value = json[member];
    if (typeof value === 'string' || value === undefined || value === null) return value ?? undefined;
    this.expect(param, 'a string', value);
    return undefined;
  }

  /** A string that has to be there and must not be empty; empty where it is at fault. */
  requireString(json: JsonObject, member: string, param: string): string {
    const value = json[member];
    if (typeof value === 'string' && value !== '') return value;
    this.add(
      param,
      `must be a non-empty string, found ${value === '' ? 'an empty one' : describeJson(value)}`,
    );
    return '';
  }

  readBoolean(json: JsonObject, member: string, param = member): boolean | undefined {
    const value = json[member];
    if (typeof value === 'boolean' || value === undefined || value === null) return value ?? undefined;
    this.expect(param, 'a boolean', value);
    return undefined;
  }

  readNumber(json: JsonObject, member: string, range: Range, param = member): number | undefined {
    const value = json[member];
    if (value === undefined || value === null) return undefined;
    const number = readNumber(value);
    const kind = range.integer === true ? 'an integer' : 'a number';
    if (number === undefined || (range.integer === true && !Number.isInteger(number))) {
      this.add(
        param,
        `must be ${kind}, found ${number === undefined ? describeJson(value) : String(number)}`,
      );
      return undefined;
    }
    if (number < (range.min ?? -Infinity) || number > (range.max ?? Infinity)) {
      const { min, max } = range;
      const bounds =
        max === undefined ? `${String(min)} or more` : `between ${String(min)} and ${String(max)}`;
      this.add(param, `must be ${bounds}, found ${String(number)}`);
      return undefined;
    }
    return number;
  }

  /** @throws GatewayError `invalid_request` with every line, where there is one */
  throwIfAny(): void {
    if (this.lines.length === 0) return;
    throw new GatewayError('invalid_request', this.lines.join('; '), {
      param: this.firstParam,
      details: this.lines,
    });
  }
}
