import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { VENDOR_NAMES } from './src/config/vendor-names.ts';

const NO_DEFAULT_EXPORT = [
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Named exports only: a name that is searched for must be the same everywhere.',
  },
];

const NO_BARREL = [
  {
    selector: 'ExportAllDeclaration',
    message: 'No barrels: import from the file that has it, so that the walls see the real dependency.',
  },
  {
    selector: 'ExportNamedDeclaration[source]',
    message: 'No barrels: import from the file that has it, so that the walls see the real dependency.',
  },
];

const NO_ENVIRONMENT = [
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'process.env is read in src/config only: inject the settings, which are validated and reported.',
  },
];

const CLOCK_MESSAGE =
  'Time comes from the injected clock of src/common, so that tests decide what time it is.';
const NO_AMBIENT_CLOCK = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: CLOCK_MESSAGE,
  },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: CLOCK_MESSAGE },
  {
    selector: 'CallExpression[callee.object.name="performance"][callee.property.name="now"]',
    message: CLOCK_MESSAGE,
  },
  { selector: 'CallExpression[callee.name=/^set(Timeout|Interval)$/]', message: CLOCK_MESSAGE },
  {
    selector:
      'CallExpression[callee.object.name="globalThis"][callee.property.name=/^set(Timeout|Interval)$/]',
    message: CLOCK_MESSAGE,
  },
];

const vendorName = `/^(${VENDOR_NAMES.join('|')})$/`;
const NO_VENDOR_QUESTION = [
  {
    selector: `:matches(BinaryExpression, SwitchCase) > Literal[value=${vendorName}]`,
    message: 'The core never asks which vendor this is: give the adapter a trait and ask for that.',
  },
];

const CONFIG_FILES = ['*.config.{js,ts}', '.dependency-cruiser.js'];
const TESTS = ['src/**/*.spec.ts', 'test/**/*.ts'];

/** The time imports that would go round the rule above. */
const NO_TIMER_IMPORTS = ['timers', 'node:timers', 'timers/promises', 'node:timers/promises'].map((name) => ({
  name,
  message: CLOCK_MESSAGE,
}));

const NO_ENVIRONMENT_IMPORT = ['process', 'node:process'].map((name) => ({
  name,
  importNames: ['env'],
  message: 'process.env is read in src/config only.',
}));

const NO_FORWARD_REF = {
  name: '@nestjs/common',
  importNames: ['forwardRef'],
  message: 'forwardRef hides a cycle: move what both need to the floor below.',
};

const NO_AXIOS = {
  name: 'axios',
  message: 'axios is used in src/providers/http only: one place that sets timeouts, pools and limits.',
};

/** Everything that src must keep to; the exceptions below take single lists away, never all of them. */
const restrict = ({ clock = true, environment = true, vendors = true, axios = true }) => ({
  'no-restricted-syntax': [
    'error',
    ...NO_DEFAULT_EXPORT,
    ...NO_BARREL,
    ...(clock ? NO_AMBIENT_CLOCK : []),
    ...(environment ? NO_ENVIRONMENT : []),
    ...(vendors ? NO_VENDOR_QUESTION : []),
  ],
  'no-restricted-imports': [
    'error',
    {
      paths: [
        NO_FORWARD_REF,
        ...(axios ? [NO_AXIOS] : []),
        ...(clock ? NO_TIMER_IMPORTS : []),
        ...(environment ? NO_ENVIRONMENT_IMPORT : []),
      ],
    },
  ],
});

export default defineConfig(
  globalIgnores(['dist/', 'data/', 'coverage/', '.test-results/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `== null` asks for null and undefined together, which is sometimes the question.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'id-denylist': ['error', 'req', 'res', 'msg', 'opts', 'cfg'],
      // A Nest module or filter may be a decorator and nothing else.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // `text || fallback` is how an empty string is replaced.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A default says that the rest is meant, as for JSON; a switch over a union of ours has none, or one of `never`.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      // Contradicts no-non-null-assertion.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // The classes of class-validator are shapes without methods: a literal of the shape is as good.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // JSON at the wire is read with brackets: only declared members deserve a dot.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // The compiler reports these already, with the same underscore exception.
      '@typescript-eslint/no-unused-vars': 'off',
    },
  },
  { files: ['src/**/*.ts'], rules: restrict({}) },
  // The built-in default names its providers; the file's own vendor list is here too.
  { files: ['src/config/**/*.ts'], rules: restrict({ environment: false, vendors: false }) },
  { files: ['src/formats/**/*.ts', 'src/contract/**/*.ts'], rules: restrict({ vendors: false }) },
  {
    files: ['src/providers/*/**/*.ts', 'src/providers/providers.module.ts'],
    rules: restrict({ vendors: false }),
  },
  { files: ['src/providers/http/**/*.ts'], rules: restrict({ axios: false }) },
  { files: ['src/common/clock*.ts', 'src/common/clock/**/*.ts'], rules: restrict({ clock: false }) },
  {
    files: ['src/**/index.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'No barrels: give the file the name of what it does.' },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      ...restrict({ clock: false, environment: false, vendors: false, axios: false }),
      // What a test has just made is there; if it is not, the test fails at that line, which is its job.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Doubles implement asynchronous interfaces with nothing to wait for, or with an empty body.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // `read<Shape>(file)` names what the fixture must look like, once, where it is read.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  // Command line programs: standard output is their interface.
  { files: ['test/simulator/**/*.ts', 'test/bench/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: CONFIG_FILES, rules: { 'no-restricted-syntax': 'off' } },
);
