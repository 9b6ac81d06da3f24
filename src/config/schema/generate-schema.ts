import { ValidationTypes } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { ISchemaConverters } from 'class-validator-jsonschema/build/defaultConverters.js';
import { DURATION_PATTERN } from '../duration.js';
import { GatewayConfig } from '../gateway.config.js';
import { keysOf, type ConfigClass, type SectionInfo } from '../key-info.js';
import { SIZE_PATTERN } from '../size.js';

type Schema = Record<string, unknown>;

const INTERPOLATED = '#/definitions/Interpolated';

const text = (pattern?: RegExp): Schema => ({
  type: 'string',
  ...(pattern ? { pattern: pattern.source } : {}),
});

/** From the rules of `key.decorators.ts`, by their names. */
const CONVERTERS = {
  isDuration: () => text(DURATION_PATTERN),
  isDurationOrOff: { anyOf: [text(DURATION_PATTERN), { enum: ['off'] }] },
  isSize: () => text(SIZE_PATTERN),
  isWholeNumber: ({ constraints }) => ({ type: 'integer', minimum: Number(constraints[0]) }),
  isPositiveNumber: ({ constraints }) => ({
    type: 'number',
    ...(constraints[0] === true ? { exclusiveMinimum: 0 } : { minimum: 0 }),
  }),
  isFlag: { type: 'boolean' },
  isChoice: ({ constraints }) => ({ enum: [...(constraints[0] as readonly string[])] }),
  isText: ({ constraints }) => text(constraints[0] as RegExp | undefined),
  isTextList: { type: 'array', items: { type: 'string' } },
  isFilledTextList: { type: 'array', items: text(/\S/) },
  isTextByName: { type: 'object', additionalProperties: { type: 'string' } },
  isJsonByName: { type: 'object' },
  isHttpUrl: () => text(/^https?:\/\//),
  isProxy: { type: 'string' },
  isGiven: { minItems: 1 },
  [ValidationTypes.NESTED_VALIDATION]: ({ target, propertyName }) => {
    const section = keysOf(target as ConfigClass).get(propertyName)?.section;
    return section === undefined ? {} : sectionSchema(section);
  },
} satisfies ISchemaConverters;

function sectionSchema({ type, shape, shorthand }: SectionInfo): Schema {
  const reference = { $ref: `#/definitions/${type.name}` };
  switch (shape) {
    case 'one':
      return reference;
    case 'list':
      return {
        type: 'array',
        items: shorthand === undefined ? reference : { anyOf: [{ type: 'string' }, reference] },
      };
    case 'by-name':
      return { type: 'object', additionalProperties: reference };
  }
}

/** The JSON Schema of the configuration file, for editors; made from the classes, so that it cannot say something else. */
export function generateSchema(): Schema {
  const definitions: Schema = {};
  collect(GatewayConfig, definitions);
  const { GatewayConfig: root, ...others } = definitions;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Sluice configuration',
    ...(root as Schema),
    definitions: {
      ...others,
      Interpolated: {
        description: 'A value from the environment: ${NAME} or ${NAME:-default}.',
        type: 'string',
        pattern: '\\$\\{',
      },
    },
  };
}

function collect(type: ConfigClass, definitions: Schema): void {
  if (type.name in definitions) {
    return;
  }
  const generated = targetConstructorToSchema(type, { additionalConverters: CONVERTERS });
  const properties: Schema = {};
  definitions[type.name] = { ...generated, properties, additionalProperties: false };
  for (const [name, { description, section, ...info }] of keysOf(type)) {
    const value = generated.properties?.[name] as Schema;
    properties[name] = {
      description,
      ...('default' in info ? { default: info.default } : {}),
      ...(section === undefined ? allowInterpolated(value) : value),
    };
    if (section !== undefined) {
      collect(section.type, definitions);
    }
  }
}

/** `${NAME}` is a string wherever it stands, also where a number or one of some words is wanted. */
function allowInterpolated(schema: Schema): Schema {
  const free =
    schema['type'] === 'object' || schema['type'] === 'array' || Object.keys(schema).join() === 'type';
  return free && schema['type'] !== 'boolean' ? schema : { anyOf: [schema, { $ref: INTERPOLATED }] };
}
