import type { PostgresClient } from '../../src/clients/postgres.ts';
import type { SnowflakeClient } from '../../src/clients/snowflake-client.ts';
import { SERVING_TABLES } from '../../src/jobs/sync/serving-tables.ts';

const ROWS_PER_STATEMENT = 400;
const DEADLINE_MS = 60_000;

/** How Postgres writes a value, and how Snowflake reads it; as texts, so that nothing is rounded. */
const WAYS: Readonly<Record<string, readonly [written: string, read: string]>> = {
  jsonb: ['$', '$'],
  'double precision': ['$::text', '$::VARCHAR::FLOAT'],
  'timestamp with time zone': [
    `to_char($ AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
    '$::VARCHAR::TIMESTAMP_NTZ',
  ],
};
const AS_TEXT = ['$::text', '$::VARCHAR'] as const;

/** Copies every serving table of a Postgres into empty ones of the same names in Snowflake. */
export async function copyTables(postgres: PostgresClient, snowflake: SnowflakeClient): Promise<void> {
  for (const { name } of SERVING_TABLES) await copyTable(postgres, snowflake, name);
}

async function copyTable(postgres: PostgresClient, snowflake: SnowflakeClient, table: string): Promise<void> {
  const { names, reads, lines } = await postgres.transaction(async (session) => {
    const columns = await session.execute<{ name: string; type: string }>(
      `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
       WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
      [table],
    );
    const ways = columns.map(({ type }) => WAYS[type] ?? AS_TEXT);
    const written = ways.map(([write], place) => write.replace('$', columns[place]?.name ?? '')).join(', ');
    const rows = await session.execute<{ line: string }>(
      `SELECT json_build_array(${written})::text AS line FROM ${table}`,
    );
    return {
      names: columns.map(({ name }) => name).join(', '),
      reads: ways.map(([, read], place) => read.replace('$', `value[${String(place)}]`)).join(', '),
      lines: rows.map(({ line }) => line),
    };
  });
  const text = `INSERT INTO ${table} (${names}) SELECT ${reads} FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`;
  for (let start = 0; start < lines.length; start += ROWS_PER_STATEMENT) {
    const rows = lines.slice(start, start + ROWS_PER_STATEMENT).join(',');
    await snowflake.execute({ name: 'copy', text, binds: [`[${rows}]`] }, DEADLINE_MS);
  }
}
