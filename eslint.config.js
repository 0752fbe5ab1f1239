import js from '@eslint/js';
import graphql from '@graphql-eslint/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SCHEMA = 'schema/*.graphql';
const OPERATIONS = 'schema/operations/*.graphql';
// One object for both: the plugin loads a project once and keeps it.
const GRAPHQL_PROJECT = { schema: SCHEMA, documents: OPERATIONS };
const TESTS = ['**/*.test.ts', 'test/**/*.ts'];
const TOOLS = ['scripts/**/*.ts', 'bench/**/*.ts', 'loadtest/**/*.ts', 'web/*.ts', 'test/e2e/**/*.ts'];

/** Every disable comment gives its reason behind two dashes. */
const explainDisables = {
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (/^\s*eslint-disable/.test(comment.value) && !/ -- \S/.test(comment.value)) {
          context.report({
            loc: comment.loc,
            message: 'Say why after the rule: eslint-disable-next-line rule -- reason',
          });
        }
      }
    },
  }),
};

const readsEnvironment = {
  object: 'process',
  property: 'env',
  message: 'Only src/main.ts reads the environment. Add a setting to src/config.ts and take its value as a parameter.',
};

const typescript = {
  files: ['**/*.ts', '**/*.tsx'],
  extends: [js.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
  plugins: { house: { rules: { 'explain-disables': explainDisables } } },
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  rules: {
    'house/explain-disables': 'error',
    'no-console': 'error',
    'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
    'no-restricted-properties': ['error', readsEnvironment],
    'no-restricted-imports': [
      'error',
      { paths: [{ name: 'node:process', importNames: ['env'], message: readsEnvironment.message }] },
    ],
    'max-lines': ['error', { max: 300 }],
    'max-lines-per-function': ['error', { max: 50, skipComments: true }],
    // `typeof import('x')` types a package that may be absent.
    '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    '@typescript-eslint/switch-exhaustiveness-check': 'error',
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
    '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
    // It asks for `!`, which no-non-null-assertion forbids.
    '@typescript-eslint/non-nullable-type-assertion-style': 'off',
  },
};

/** Every type, field, argument, input field, enum value and directive is described. */
const describedSchema = {
  files: [SCHEMA],
  plugins: { '@graphql-eslint': graphql },
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: GRAPHQL_PROJECT } },
  rules: {
    ...graphql.configs['flat/schema-recommended'].rules,
    '@graphql-eslint/require-description': [
      'error',
      {
        types: true,
        rootField: true,
        FieldDefinition: true,
        InputValueDefinition: true,
        EnumValueDefinition: true,
        DirectiveDefinition: true,
      },
    ],
    // Value types such as Money have no identity, so no id.
    '@graphql-eslint/strict-id-in-types': 'off',
    // One line in quotes, several in a block: the length decides.
    '@graphql-eslint/description-style': 'off',
    // It takes the moment Purchase.purchasedAt for a repeated name of the type.
    '@graphql-eslint/no-typename-prefix': 'off',
    '@graphql-eslint/relay-page-info': 'error',
    '@graphql-eslint/relay-connection-types': 'error',
    // Batches by id are plain lists: same order and length as their ids.
    '@graphql-eslint/relay-edge-types': [
      'error',
      { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
    ],
  },
};

/** The named operations: valid against the schema, one a file, the file named after its operation. */
const trustedDocuments = {
  files: [OPERATIONS],
  plugins: { '@graphql-eslint': graphql },
  languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: GRAPHQL_PROJECT } },
  rules: {
    ...graphql.configs['flat/operations-recommended'].rules,
    '@graphql-eslint/lone-executable-definition': 'error',
    '@graphql-eslint/match-document-filename': ['error', { fileExtension: '.graphql', query: 'kebab-case' }],
    // Depth is limited by the gateway itself, OPERATION_DEPTH_MAX.
    '@graphql-eslint/selection-set-depth': 'off',
    // No client cache reads these answers: an operation asks for what its page or report shows.
    '@graphql-eslint/require-selections': 'off',
  },
};

export default defineConfig(
  globalIgnores([
    'src/generated/',
    'coverage/',
    'data/',
    'web/dist/',
    'models/',
    'test-results/',
    '.cache/',
    'test/graphql/**/*.graphql',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  typescript,
  { files: ['**/*.js', '**/*.mjs'], extends: [js.configs.recommended] },
  { files: ['src/main.ts', ...TESTS, ...TOOLS], rules: { 'no-restricted-properties': 'off' } },
  { files: TOOLS, rules: { 'no-console': 'off' } },
  {
    files: TESTS,
    rules: {
      // A describe block is a list, not a function to understand at once.
      'max-lines-per-function': 'off',
      'max-lines': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // An answer is JSON; its shape is what the test asserts.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  describedSchema,
  trustedDocuments,
);
