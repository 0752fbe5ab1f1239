import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildSchema, Kind, parse, print, validate, type OperationDefinitionNode } from 'graphql';
import { describe, expect, it } from 'vitest';

const SCHEMA_FOLDER = join(import.meta.dirname, '..', 'schema');
const OPERATIONS_FOLDER = join(SCHEMA_FOLDER, 'operations');

const graphqlFilesIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.graphql'));
const schema = buildSchema(
  graphqlFilesIn(SCHEMA_FOLDER)
    .map((name) => readFileSync(join(SCHEMA_FOLDER, name), 'utf8'))
    .join('\n'),
);
const files = graphqlFilesIn(OPERATIONS_FOLDER);
const textOf = (file: string) => readFileSync(join(OPERATIONS_FOLDER, file), 'utf8');

/** `home-page.graphql` -> `HomePage`. */
const operationNameOf = (file: string) =>
  basename(file, '.graphql').replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

function onlyOperationOf(file: string): OperationDefinitionNode {
  const [operation] = parse(textOf(file)).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`${file} does not begin with an operation`);
  return operation;
}

describe.each(files)('the example operation %s', (file) => {
  it('fits the schema', () => {
    expect(validate(schema, parse(textOf(file)))).toEqual([]);
  });

  it('is the only one of its file and is named after it', () => {
    const { definitions } = parse(textOf(file));
    expect(definitions.map(({ kind }) => kind)).toEqual([Kind.OPERATION_DEFINITION]);
    expect(onlyOperationOf(file).name?.value).toBe(operationNameOf(file));
  });

  it('begins with a comment that says what it is for, in lines that fit the explorer', () => {
    const comment = textOf(file)
      .split('\n')
      .filter((line) => line.startsWith('#'));
    expect(textOf(file)).toMatch(/^# \S/);
    for (const line of comment) expect(line.length, line).toBeLessThanOrEqual(50);
  });
});

it('asks the same of one home page and of several', () => {
  const customerOf = (file: string) => {
    const [root] = onlyOperationOf(file).selectionSet.selections;
    return root?.kind === Kind.FIELD && root.selectionSet ? print(root.selectionSet) : undefined;
  };
  expect(customerOf('home-page.graphql')).toBeDefined();
  expect(customerOf('home-pages.graphql')).toBe(customerOf('home-page.graphql'));
});
