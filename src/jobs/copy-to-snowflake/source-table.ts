import type { PostgresSession } from '../../clients/postgres.ts';

/** A column as it travels: what Postgres sends and how Snowflake reads it. */
export interface SourceColumn {
  readonly name: string;
  /** SQL of Postgres that makes text of the value, or JSON of a jsonb. */
  readonly sent: string;
  /** SQL of Snowflake that makes the value of what was sent. */
  readonly read: (sent: string) => string;
}

/** Rows of one chunk, as one JSON text: an array of arrays with a cell per column. */
export interface RowChunk {
  readonly rows: number;
  readonly json: string;
}

/** Rows that Postgres hands over at a time, and the length at which a chunk is sent: below what Snowflake parses at once. */
const FETCH_ROWS = 2000;
const CHUNK_LENGTH = 2_000_000;

/** The columns of a table, in their order. @throws Error for a type that no serving table has: a defect. */
export async function sourceColumns(session: PostgresSession, table: string): Promise<readonly SourceColumn[]> {
  const rows = await session.execute<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name, type }) => {
    const ways = wayOf(type);
    if (!ways) throw new Error(`No way is known to send ${type} to Snowflake (${table}.${name})`);
    return { name, sent: ways.sent(`"${name}"`), read: ways.read };
  });
}

/** All rows of a table, in chunks. Memory stays flat. */
export async function* chunksOfTable(
  session: PostgresSession,
  table: string,
  columns: readonly SourceColumn[],
): AsyncGenerator<RowChunk> {
  const cells = columns.map(({ sent }) => sent).join(', ');
  await session.execute(
    `DECLARE sent_rows NO SCROLL CURSOR FOR SELECT json_build_array(${cells})::text AS line FROM "${table}"`,
  );
  let lines: string[] = [];
  let length = 0;
  for (;;) {
    const fetched = await session.execute<{ line: string }>(`FETCH ${FETCH_ROWS} FROM sent_rows`);
    for (const { line } of fetched) {
      lines.push(line);
      length += line.length;
      if (length < CHUNK_LENGTH) continue;
      yield toChunk(lines);
      lines = [];
      length = 0;
    }
    if (fetched.length < FETCH_ROWS) break;
  }
  if (lines.length > 0) yield toChunk(lines);
  await session.execute('CLOSE sent_rows');
}

function toChunk(lines: readonly string[]): RowChunk {
  return { rows: lines.length, json: `[${lines.join(',')}]` };
}

interface Way {
  readonly sent: (column: string) => string;
  readonly read: (sent: string) => string;
}

/** As text, so that no number passes through a double on its way. */
function asText(type: string): Way {
  return { sent: (column) => `${column}::text`, read: (sent) => `${sent}::VARCHAR::${type}` };
}

const WAYS: Readonly<Record<string, Way>> = {
  smallint: asText('NUMBER(19, 0)'),
  integer: asText('NUMBER(19, 0)'),
  bigint: asText('NUMBER(19, 0)'),
  'double precision': asText('FLOAT'),
  boolean: asText('BOOLEAN'),
  text: { ...asText('VARCHAR'), read: (sent) => `${sent}::VARCHAR` },
  uuid: { ...asText('VARCHAR'), read: (sent) => `${sent}::VARCHAR` },
  date: { sent: (column) => `to_char(${column}, 'YYYY-MM-DD')`, read: (sent) => `${sent}::VARCHAR::DATE` },
  'timestamp with time zone': {
    sent: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
    read: (sent) => `${sent}::VARCHAR::TIMESTAMP_NTZ`,
  },
  jsonb: { sent: (column) => column, read: (sent) => sent },
};

function wayOf(type: string): Way | undefined {
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? [];
  return precision === undefined ? WAYS[type] : asText(`NUMBER(${precision}, ${String(scale)})`);
}
