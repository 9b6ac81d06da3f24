import { readFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, GatewayError, type ErrorCode, type ErrorDefinition } from './gateway-error.js';

const catalogue = Object.entries(ERROR_CATALOGUE) as [ErrorCode, ErrorDefinition][];

describe('the error catalogue', () => {
  it('equals the table in docs/errors.md, line by line', () => {
    const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    const rows = document.split('\n').filter((line) => /^\| `\w+`/.test(line));
    expect(rows.map(readCells)).toEqual(
      catalogue.map(([code, { status, openaiType, anthropicType, meaning }]) => [
        `\`${code}\``,
        String(status),
        `\`${openaiType}\``,
        `\`${anthropicType}\``,
        meaning,
      ]),
    );
  });

  it.each(catalogue)(
    '%s has a stable name, a status and a meaning in whole sentences',
    (code, definition) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(definition.status === 499 || definition.status in STATUS_CODES).toBe(true);
      expect(definition.meaning).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('goes up in status, so that it reads as a table', () => {
    const statuses = catalogue.map(([, { status }]) => status);
    expect(statuses).toEqual(statuses.toSorted((one, other) => one - other));
  });

  it('tells SDKs of both vendors the same about whose fault it is', () => {
    for (const [code, { status, openaiType, anthropicType }] of catalogue) {
      expect(openaiType === 'server_error', code).toBe(status >= 500);
      expect(/^(?:api|overloaded|timeout)_error$/.test(anthropicType), code).toBe(status >= 500);
    }
  });
});

describe('GatewayError', () => {
  it('has the status of its code', () => {
    const error = new GatewayError('model_not_found', 'no such model');
    expect(error).toMatchObject({
      name: 'GatewayError',
      code: 'model_not_found',
      status: 404,
      message: 'no such model',
    });
    expect(error).toBeInstanceOf(Error);
    expect('cause' in error).toBe(false);
  });

  it("takes a vendor's status in its place, and keeps what else is known", () => {
    const cause = new Error('vendor');
    const error = new GatewayError('invalid_request', 'odd', {
      status: 422,
      param: 'messages[2].content',
      details: ['one'],
      retryAfterMs: 1500,
      shouldRetry: false,
      cause,
    });
    expect(error).toMatchObject({
      status: 422,
      param: 'messages[2].content',
      details: ['one'],
      retryAfterMs: 1500,
      shouldRetry: false,
      cause,
    });
  });
});

function readCells(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
