import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { OperatorError } from '../errors.ts';
import { resolverMap } from '../resolvers/resolver-map.ts';

/**
 * The schema of the SDL files in a folder, joined with the resolvers.
 * @throws OperatorError when the folder cannot be read; Error when SDL and resolvers do not fit together.
 */
export function createExecutableSchema(folder: string): GraphQLSchema {
  return makeExecutableSchema({
    typeDefs: readSdl(folder),
    resolvers: resolverMap,
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}

function readSdl(folder: string): string[] {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
    return files.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
  } catch (cause) {
    throw new OperatorError(`The schema folder ${folder} cannot be read. Is the installation complete?`, { cause });
  }
}
