import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generateSchema } from './generate-schema.js';
import { uncomment } from './uncomment.js';

const example = readFileSync('config/gateway.yaml', 'utf8');
const validate = new Ajv({ allErrors: true }).compile(generateSchema());

function faultsOf(yaml: string): string[] {
  validate(parse(yaml));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

describe('the JSON Schema of the configuration', () => {
  it('is committed as it is generated (npm run schema writes it)', async () => {
    const options = await resolveConfig('config/gateway.schema.json');
    const text = await format(JSON.stringify(generateSchema()), { ...options, parser: 'json' });
    await expect(text).toMatchFileSnapshot('../../../config/gateway.schema.json');
  });

  it('is what the example file refers to in its first line', () => {
    expect(example.split('\n', 1)[0]).toBe('# yaml-language-server: $schema=./gateway.schema.json');
  });

  it('accepts the example file, as it is and with everything in it switched on', () => {
    expect(faultsOf(example)).toEqual([]);
    expect(faultsOf(uncomment(example))).toEqual([]);
  });

  it('accepts a variable where a number, a flag or a choice is wanted', () => {
    const yaml =
      'server: { max_in_flight: "${MOST}" }\nauth: { mode: "${MODE}", public_operations: "${PUBLIC:-true}" }';
    expect(faultsOf(yaml)).toEqual([]);
  });

  it.each([
    ['servr: {}', ' must NOT have additional properties'],
    ['server: { body_limit: 32 }', '/server/body_limit must be string'],
    ['routing: { cooldown: 60 }', '/routing/cooldown must be string'],
    ['providers: [{ vendor: openai }]', "/providers/0 must have required property 'name'"],
    ['auth: { public_operations: "yes" }', '/auth/public_operations must be boolean'],
    [
      'routing: { routes: [{ name: a, targets: [] }] }',
      '/routing/routes/0/targets must NOT have fewer than 1 items',
    ],
    [
      'providers: [{ name: a, vendor: gpt }]',
      '/providers/0/vendor must be equal to one of the allowed values',
    ],
  ])('refuses %s', (yaml, fault) => {
    expect(faultsOf(yaml)).toContain(fault);
  });
});
