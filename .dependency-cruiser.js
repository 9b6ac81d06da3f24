/**
 * The walls of ARCHITECTURE.md. Every import goes down a floor; each rule says why. Spec files may look over any wall.
 */
const SPEC = '\\.spec\\.ts$';

/**
 * A wall round one room: it may import itself, the rooms named, and whatever is no room (npm packages and Node, which
 * have rules of their own).
 */
const room = (name, mayImport, comment) => ({
  name: `${name}-walls`,
  severity: 'error',
  comment,
  from: { path: `^src/${name}/`, pathNot: SPEC },
  to: { path: '^src/', pathNot: `^src/(${[name, ...mayImport].join('|')})/` },
});

const LEDGER = ['contract', 'config', 'common', 'storage'];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'contract-imports-nothing',
      severity: 'error',
      comment:
        'The canonical language is what every room agrees on. Whatever it imported, every room would depend on: not even Nest.',
      from: { path: '^src/contract/', pathNot: SPEC },
      to: { pathNot: '^src/contract/' },
    },
    room('config', ['contract', 'common'], 'Settings are read before anything else exists.'),
    room(
      'formats',
      ['contract'],
      'A wire format is a pure reading of bytes: it must work without the gateway.',
    ),
    {
      name: 'formats-are-pure',
      severity: 'error',
      comment:
        'Formats are functions from text to values and back, tested without a server: no Nest, no Node modules, only pure libraries.',
      from: { path: '^src/formats/', pathNot: SPEC },
      to: { pathNot: '^(src|node_modules/eventsource-parser)/' },
    },
    room(
      'providers',
      ['formats', 'contract', 'config', 'common'],
      'An adapter answers one call. It knows nothing of plans, cooldowns or callers, so it can be tried anywhere.',
    ),
    room(
      'routing',
      ['providers', 'contract', 'config', 'common', 'storage'],
      'Routing decides from canonical values only; a format in here would be a second pipeline. What rests and how busy targets are is shared between replicas, through storage.',
    ),
    room(
      'chat',
      ['routing', 'auth', 'limits', 'cache', 'usage', 'formats', 'contract', 'config', 'common', 'telemetry'],
      'The edge composes the floors below. It reaches vendors through routing, or failover would be bypassed.',
    ),
    {
      name: 'nothing-imports-chat',
      severity: 'error',
      comment: 'The top floor is a leaf: what others need from it belongs on a floor below.',
      from: { path: '^src/', pathNot: [SPEC, '^src/chat/', '^src/app\\.module\\.ts$'] },
      to: { path: '^src/chat/' },
    },
    room(
      'health',
      ['routing', 'providers', 'auth', 'telemetry', 'contract', 'config', 'common', 'storage'],
      'Health reads what real traffic saw; it calls nobody and changes nothing.',
    ),
    room(
      'admin',
      [
        'routing',
        'providers',
        'formats',
        'auth',
        'limits',
        'cache',
        'usage',
        'telemetry',
        'storage',
        'contract',
        'config',
        'common',
      ],
      'Admin reads and steers the floors below; the way of a request is not its business.',
    ),
    room(
      'server',
      ['telemetry', 'formats', 'contract', 'config', 'common'],
      'What guards the process looks at sockets, heads and its own load; what a request asks for is not its business.',
    ),
    room(
      'workers',
      ['server', 'limits', 'telemetry', 'storage', 'contract', 'config', 'common'],
      'The primary keeps what its workers share and starts them; requests are not its business, so that it loads little.',
    ),
    room('auth', LEDGER, 'Keys are checked before anything is read: no format, no vendor.'),
    room('limits', LEDGER, 'Limits count canonical numbers; who spends them is not their business.'),
    room('cache', LEDGER, 'The cache keeps canonical answers; where they came from is not its business.'),
    room('usage', LEDGER, 'The record of a request is written after the fact, from canonical values.'),
    room('telemetry', LEDGER, 'What observes must not decide.'),
    room('storage', ['contract', 'config', 'common'], 'Tables and connections know no use case.'),
    room(
      'common',
      ['contract', 'formats', 'config'],
      'The exception filter writes errors in the caller’s format; nothing else common needs a room above it.',
    ),
    {
      name: 'app-module-is-the-root',
      severity: 'error',
      comment:
        'The composition root is imported by the bootstrap alone: whoever else needs it has its dependency upside down.',
      from: { path: '^src/', pathNot: [SPEC, '^src/bootstrap\\.ts$'] },
      to: { path: '^src/app\\.module\\.ts$' },
    },
    {
      name: 'one-list-of-vendors',
      severity: 'error',
      comment:
        'A vendor is known by the list in providers.module.ts alone, so that adding one touches one list.',
      from: {
        path: '^src/',
        pathNot: [SPEC, '^src/providers/[^/]+/', '^src/providers/providers\\.module\\.ts$'],
      },
      to: { path: '^src/providers/(?!http/)[^/]+/' },
    },
    {
      name: 'vendors-are-strangers',
      severity: 'error',
      comment:
        'What two vendors share is their wire format, in formats/: a change for one must not reach the other.',
      from: { path: '^src/providers/([^/]+)/', pathNot: SPEC },
      to: { path: '^src/providers/(?!http/)[^/]+/', pathNot: '^src/providers/$1/' },
    },
    {
      name: 'one-http-client',
      severity: 'error',
      comment:
        'Pools, timeouts, size limits and address checks hold only if every call leaves through one place.',
      from: { path: '^src/', pathNot: [SPEC, '^src/providers/http/'] },
      to: { path: '^node_modules/(axios|undici)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Modules in a cycle can only be understood, tested and loaded together.',
      from: { path: '^src/', pathNot: '^src/contract/' },
      to: { circular: true },
    },
    {
      name: 'no-cycles-in-contract',
      severity: 'error',
      comment:
        'Types of the canonical language may refer to each other (a request holds results of tools); code may not.',
      from: { path: '^src/contract/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A module that imports nothing and that nobody imports is not part of the program.',
      from: { path: '^src/', orphan: true, pathNot: SPEC },
      to: {},
    },
    {
      name: 'no-tests-in-the-program',
      severity: 'error',
      comment:
        'The image carries dist and production dependencies: an import of a test would fail there only.',
      from: { path: '^src/', pathNot: SPEC },
      to: { path: `^test/|${SPEC}` },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      comment:
        'The image is installed without them. The schema generator is run by developers and not imported.',
      from: { path: '^src/', pathNot: [SPEC, '^src/config/schema/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'A wall round a module that cannot be found holds nothing.',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // ES modules only: a function of ours that is called `require` imports nothing.
    moduleSystems: ['es6'],
    // Imports of types count: a room that knows another's types knows the other.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
