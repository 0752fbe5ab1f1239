import type { ResultColumn, ResultSet } from '../engine/result-set.ts';
import type { RunningStatement } from './running-statements.ts';
import { wireParameters } from './parameters.ts';

/** Rows inside the reply and rows per chunk. */
export interface ChunkSizes {
  readonly inlineRows: number;
  readonly chunkRows: number;
}

/** The `data` of a reply with rows: the first inside it, the others in chunks to be fetched. */
export function rowSetData(
  { queryId, session }: RunningStatement,
  result: ResultSet,
  sizes: ChunkSizes,
  baseUrl: string,
): Record<string, unknown> {
  const { columns, rows, statementTypeId } = result;
  const isChunked = rows.length > sizes.inlineRows + sizes.chunkRows;
  const inline = isChunked ? rows.slice(0, sizes.inlineRows) : rows;
  return {
    parameters: wireParameters(session),
    rowtype: columns.map(rowType),
    rowset: inline,
    total: rows.length,
    returned: rows.length,
    queryId,
    queryResultFormat: 'json',
    version: 1,
    statementTypeId,
    finalDatabaseName: session.database,
    finalSchemaName: session.schema,
    finalWarehouseName: session.warehouse,
    finalRoleName: session.role,
    numberOfBinds: 0,
    arrayBindSupported: false,
    ...(isChunked && {
      chunks: chunks(queryId, rows.length, sizes, baseUrl),
      chunkHeaders: { 'x-chunk-key': queryId },
    }),
  };
}

/** The body of one chunk: rows without the outer brackets. */
export function chunkText({ rows }: ResultSet, { inlineRows, chunkRows }: ChunkSizes, place: number): string {
  const start = inlineRows + place * chunkRows;
  return rows
    .slice(start, start + chunkRows)
    .map((row) => JSON.stringify(row))
    .join(',');
}

/** The reply with cells that no driver can decode. */
export function withBrokenCells(result: ResultSet): ResultSet {
  const isBroken = (column: ResultColumn | undefined) => column?.type === 'variant' || column?.type === 'boolean';
  return {
    ...result,
    rows: result.rows.map((row) => row.map((cell, place) => (isBroken(result.columns[place]) ? '{"broken' : cell))),
  };
}

function chunks(queryId: string, total: number, { inlineRows, chunkRows }: ChunkSizes, baseUrl: string): object[] {
  const count = Math.ceil((total - inlineRows) / chunkRows);
  return Array.from({ length: count }, (_, place) => {
    const rowCount = Math.min(chunkRows, total - inlineRows - place * chunkRows);
    return {
      url: `${baseUrl}/chunks/${queryId}/${place}`,
      rowCount,
      uncompressedSize: rowCount,
      compressedSize: rowCount,
    };
  });
}

function rowType({ name, type, precision, scale, length, nullable }: ResultColumn): Record<string, unknown> {
  return {
    name,
    type,
    precision,
    scale,
    length,
    byteLength: length,
    nullable,
    database: '',
    schema: '',
    table: '',
    collation: null,
  };
}
