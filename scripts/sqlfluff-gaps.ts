/** Statements of Snowflake that sqlfluff has no grammar for: containers, service functions, Snowflake Postgres. */
const UNKNOWN = [
  /^(?:CREATE|DROP) (?:COMPUTE POOL|SERVICE|IMAGE REPOSITORY|POSTGRES INSTANCE|EXTERNAL ACCESS INTEGRATION)\s/,
  /^GRANT [^;]*\b(?:COMPUTE POOL|BIND SERVICE ENDPOINT|IMAGE REPOSITORY|CREATE SERVICE|ON SERVICE|SERVICE ROLE)\s/,
  /^CREATE NETWORK RULE [^;]*\bPOSTGRES_INGRESS\b/,
  /^CREATE OR REPLACE FUNCTION [^;]*\bSERVICE = /,
];
/** From the beginning of a line to the semicolon that ends one. */
const STATEMENT = /^[A-Z][^;]*;/gm;
/** Something that it does know, so that what stands around is read as it is. */
const STAND_IN = 'COMMIT;';

/** A SQL file, taken apart for sqlfluff. */
export interface SplitFile {
  /** The file with a stand-in for each statement that is unknown, on as many lines. */
  readonly known: string;
  /** Those statements, each with its semicolon. */
  readonly unknown: readonly string[];
}

/** Keeps from sqlfluff what it cannot read: after the first such statement it would read nothing else of the file. */
export function splitForSqlfluff(text: string): SplitFile {
  const unknown: string[] = [];
  const known = text.replaceAll(STATEMENT, (statement) => {
    if (!UNKNOWN.some((pattern) => pattern.test(statement))) return statement;
    unknown.push(statement);
    return STAND_IN + '\n--'.repeat(statement.split('\n').length - 1);
  });
  return { known, unknown };
}

/** Puts the unknown statements back in place of their stand-ins. */
export function joinAfterSqlfluff(known: string, unknown: readonly string[]): string {
  const left = [...unknown];
  return known.replaceAll(/^COMMIT;(?:\n--$)*/gm, (standIn) => left.shift() ?? standIn);
}
