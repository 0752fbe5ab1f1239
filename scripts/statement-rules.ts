import type { StatementFile } from './statement-files.ts';

/**
 * What is wrong with the SQL statements, a sentence each that begins with the file's path. A statement must begin with
 * a comment that explains it and every parameter, be the only one of its file, and be named in `sources`.
 */
export function statementProblems(statements: readonly StatementFile[], sources: readonly string[]): string[] {
  return statements.flatMap((statement) =>
    [...headerProblems(statement), ...countProblems(statement), ...useProblems(statement, sources)].map(
      (problem) => `${statement.path}: ${problem}`,
    ),
  );
}

function headerProblems({ text }: StatementFile): string[] {
  const header = /^(--.*\n)+/.exec(text)?.[0];
  if (header === undefined) return ['begin with a comment: purpose, parameters ($1 type name), guaranteed order'];
  const parameters = new Set(codeOf(text).match(/\$\d+/g));
  return [...parameters]
    .filter((parameter) => !explains(header, parameter))
    .map((parameter) => `say in the comment at the top what ${parameter} is`);
}

/** Whether the comment names the parameter, alone or inside a range such as "$3 to $11". */
function explains(header: string, parameter: string): boolean {
  const number = Number(parameter.slice(1));
  const ranges = header.matchAll(/\$(\d+)(?: to \$(\d+))?/g);
  return [...ranges].some(([, from, to]) => Number(from) <= number && number <= Number(to ?? from));
}

function countProblems({ text }: StatementFile): string[] {
  const count = codeOf(text)
    .split(';')
    .filter((part) => part.trim() !== '').length;
  return count === 1 ? [] : [`hold exactly one statement, not ${count}`];
}

function useProblems({ name }: StatementFile, sources: readonly string[]): string[] {
  const quoted = new RegExp(`['"\`]${name}['"\`]`);
  if (sources.some((source) => quoted.test(source))) return [];
  return [`nothing in src names '${name}': use the statement or delete the file`];
}

/** SQL without comments and without quoted text, in which semicolons and dollars mean nothing. */
function codeOf(sql: string): string {
  return sql.replace(/--.*$|\/\*[\s\S]*?\*\/|\$([a-z_]*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|"(?:[^"]|"")*"/gim, ' ');
}
