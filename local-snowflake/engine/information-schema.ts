import { literal } from '../duckdb/printing.ts';
import { doesNotExist } from '../errors.ts';
import { typeText } from '../sql/data-types.ts';
import { type Catalog, type FullName, nameText, type Table } from './catalog.ts';

type Row = readonly (string | number | null)[];

const TABLE_COLUMNS = [
  'TABLE_CATALOG',
  'TABLE_SCHEMA',
  'TABLE_NAME',
  'TABLE_TYPE',
  'IS_TRANSIENT',
  'IS_DYNAMIC',
  'IS_HYBRID',
  'COMMENT',
];
const COLUMN_COLUMNS = [
  'TABLE_CATALOG',
  'TABLE_SCHEMA',
  'TABLE_NAME',
  'COLUMN_NAME',
  'ORDINAL_POSITION',
  'IS_NULLABLE',
  'DATA_TYPE',
];
const SCHEMA_COLUMNS = ['CATALOG_NAME', 'SCHEMA_NAME'];

/** A view of INFORMATION_SCHEMA as a derived table. @throws SnowflakeError for one that is not served. */
export function informationSchemaTable(catalog: Catalog, fullName: FullName): string {
  const { database, name } = fullName;
  const schemas = catalog.schemasOf(database).map(([schema]) => schema);
  const tables = schemas.flatMap((schema) =>
    catalog
      .tablesOf(database, schema)
      .filter(([, { kind }]) => kind !== 'STREAM')
      .map(([table, entry]) => ({ schema, table, entry })),
  );
  switch (name) {
    case 'SCHEMATA':
      return derived(
        SCHEMA_COLUMNS,
        schemas.map((schema) => [database, schema]),
      );
    case 'TABLES':
      return derived(
        TABLE_COLUMNS,
        tables.map(({ schema, table, entry }) => [database, schema, table, ...tableFacts(entry)]),
      );
    case 'COLUMNS':
      return derived(
        COLUMN_COLUMNS,
        tables.flatMap(({ schema, table, entry }) => columnRows([database, schema, table], entry)),
      );
    default:
      throw doesNotExist('Object', nameText(fullName));
  }
}

function tableFacts({ kind, properties }: Table): Row {
  const is = (wanted: Table['kind']) => (kind === wanted ? 'YES' : 'NO');
  return [
    kind === 'VIEW' ? 'VIEW' : 'BASE TABLE',
    is('TRANSIENT'),
    is('DYNAMIC'),
    is('HYBRID'),
    properties.get('COMMENT') ?? null,
  ];
}

function columnRows(name: readonly string[], { columns }: Table): Row[] {
  return columns.map((column, place) => [
    ...name,
    column.name,
    place + 1,
    column.isNotNull ? 'NO' : 'YES',
    typeText(column.type).replace(/\(.*/, ''),
  ]);
}

function derived(columns: readonly string[], rows: readonly Row[]): string {
  const cell = (value: string | number | null) =>
    value === null ? 'CAST(NULL AS VARCHAR)' : typeof value === 'number' ? String(value) : literal(value);
  const values = rows.map((row) => `(${row.map(cell).join(', ')})`);
  const names = columns.map((column) => `"${column}"`).join(', ');
  if (values.length === 0) return `(SELECT ${columns.map((column) => `'' AS "${column}"`).join(', ')} WHERE FALSE)`;
  return `(SELECT * FROM (VALUES ${values.join(', ')}) AS "ROWS" (${names}))`;
}
