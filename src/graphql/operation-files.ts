import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';

/**
 * The texts of named operations, `<name>.graphql` each.
 * @throws OperatorError when one cannot be read.
 */
export function readOperations<Name extends string>(
  folder: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const texts = names.map((name) => [name, readOperation(join(folder, `${name}.graphql`))] as const);
  return Object.fromEntries(texts) as Record<Name, string>;
}

function readOperation(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new OperatorError(`The operation ${path} cannot be read. Is the installation complete?`, { cause });
  }
}
