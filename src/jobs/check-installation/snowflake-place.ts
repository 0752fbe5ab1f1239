/** Where a session of doctor's is, and how to ask there. */
export interface SnowflakePlace {
  readonly user: string;
  readonly role: string;
  /** The session's, or the one that is set and that the session was not given; null when there is neither. */
  readonly warehouse: string | null;
  /** In upper case, as Snowflake keeps names that are not quoted. */
  readonly database: string;
  readonly schema: string;
  readonly query: <Row extends object>(name: string, text: string, binds?: readonly string[]) => Promise<Row[]>;
}

/** A name as SQL for people: quoted only where it must be. */
export function identifier(name: string): string {
  return /^[A-Z_][A-Z0-9_$]*$/.test(name) ? name.toLowerCase() : `"${name.replaceAll('"', '""')}"`;
}

/** The full name of a table as SQL for people. */
export function tableName({ database, schema }: SnowflakePlace, table: string): string {
  return [database, schema, table.toUpperCase()].map(identifier).join('.');
}
