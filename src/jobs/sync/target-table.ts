import type { PostgresClient } from '../../clients/postgres.ts';
import { columnTypeOf, type ColumnType } from './column-type.ts';

/** A column of a table that serves. */
export interface TargetColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  /** Whether Postgres fills the column by itself. */
  readonly hasDefault: boolean;
}

/** A table that serves, as the database has it. */
export interface TargetTable {
  readonly name: string;
  readonly columns: readonly TargetColumn[];
  /** Columns of the primary key. */
  readonly key: readonly string[];
  /** Further columns, of whole numbers, that are unique by themselves. */
  readonly unique: readonly string[];
}

interface ColumnRow {
  readonly table_name: string;
  readonly column_name: string;
  readonly type: string;
  readonly is_nullable: boolean;
  readonly has_default: boolean;
  readonly is_key: boolean;
  readonly is_unique: boolean;
}

const COLUMNS_OF_TABLES = `
  SELECT c.relname AS table_name, a.attname AS column_name, format_type(a.atttypid, a.atttypmod) AS type,
    NOT a.attnotnull AS is_nullable, a.atthasdef AS has_default,
    EXISTS (
      SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
    ) AS is_key,
    EXISTS (
      SELECT FROM pg_index AS i
      WHERE i.indrelid = c.oid AND i.indisunique AND NOT i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
    ) AS is_unique
  FROM pg_class AS c
  INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
  ORDER BY c.relname, a.attnum`;

/**
 * Reads how the tables of these names look, so that sync follows every migration.
 * @throws Error for a table that is not there or that has a column of a type sync does not know: a defect.
 */
export async function readTargetTables(
  database: PostgresClient,
  names: readonly string[],
): Promise<ReadonlyMap<string, TargetTable>> {
  const rows = await database.transaction((session) => session.execute<ColumnRow>(COLUMNS_OF_TABLES, [names]));
  return new Map(
    names.map((name) => [
      name,
      targetTable(
        name,
        rows.filter((row) => row.table_name === name),
      ),
    ]),
  );
}

function targetTable(name: string, rows: readonly ColumnRow[]): TargetTable {
  const key = rows.filter((row) => row.is_key).map((row) => row.column_name);
  if (key.length === 0) throw new Error(`The table ${name} is missing or has no primary key`);
  const columns = rows.map((row) => {
    const type = columnTypeOf(row.type);
    if (!type) throw new Error(`Sync knows no column of type ${row.type} (${name}.${row.column_name})`);
    return { name: row.column_name, type, isNullable: row.is_nullable, hasDefault: row.has_default };
  });
  const unique = rows.filter((row) => row.is_unique).map((row) => row.column_name);
  return { name, columns, key, unique };
}
