import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatementName } from './generated/statement-names.ts';
import { OperatorError } from './errors.ts';

/** A named SQL statement: one file under `sql/<store>/queries`, the file's name is the statement's name everywhere. */
export interface Statement {
  readonly name: StatementName;
  readonly text: string;
}

export type Statements = ReadonlyMap<StatementName, Statement>;

/**
 * Reads every statement of a folder once, at start.
 * @throws OperatorError when the folder cannot be read or holds no statement.
 */
export function loadStatements(folder: string): Statements {
  const statements = new Map<StatementName, Statement>();
  for (const file of sqlFilesOf(folder)) {
    const name = file.slice(0, -'.sql'.length) as StatementName;
    statements.set(name, { name, text: readFileSync(join(folder, file), 'utf8') });
  }
  if (statements.size === 0)
    throw new OperatorError(`No SQL statement found in ${folder}. Is the installation complete?`);
  return statements;
}

/**
 * The statement of that name.
 * @throws Error when no file has it: a defect, because names are checked when types are generated.
 */
export function statementNamed(statements: Statements, name: StatementName): Statement {
  const statement = statements.get(name);
  if (!statement) throw new Error(`There is no SQL statement named ${name}`);
  return statement;
}

function sqlFilesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort();
  } catch (cause) {
    throw new OperatorError(`The folder of SQL statements ${folder} cannot be read.`, { cause });
  }
}
