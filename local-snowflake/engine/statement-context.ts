import { compilationError, doesNotExist, SnowflakeError, unsupported } from '../errors.ts';
import { isSemiStructured } from '../duckdb/data-types.ts';
import { literal, quoted, type StatementContext } from '../duckdb/printing.ts';
import { createTranslation } from '../duckdb/queries.ts';
import { parseStatement } from '../sql/statements.ts';
import type { ObjectName } from '../sql/statement-syntax.ts';
import { changesSince } from './changes.ts';
import type { Account } from './context.ts';
import { informationSchemaTable } from './information-schema.ts';
import { type FullName, nameText, type Table } from './catalog.ts';
import type { Session } from './session.ts';

/** Where names are looked up: a session, or the schema in which a view was made. */
type Place = Pick<Session, 'database' | 'schema' | 'fullName'>;

/** What a statement of a session may ask while it is translated. */
export function statementContext(account: Account, session: Session, place: Place = session): StatementContext {
  return {
    tableName: (name, since) => tableText(account, session, place, name, since),
    variantColumns: (name) => {
      const columns = account.catalog.findTable(place.fullName(name))?.columns ?? [];
      return columns.filter(({ type }) => isSemiStructured(type)).map((column) => column.name);
    },
    contextValue: (functionName) => contextValue(account, session, functionName),
    variable: (name, at) => {
      const value = session.variables.get(name);
      if (value === undefined) {
        throw new SnowflakeError(
          '002211',
          '02000',
          `SQL compilation error: error line ${at.line} at position ${at.column}\nSession variable '$${name}' does not exist`,
          { place: at },
        );
      }
      return value;
    },
    resultTable: (queryId) => quoted(resultTableName(session.result(queryId)[0])),
    streamTable: (name) => {
      const parsed = { parts: name.toUpperCase().split('.'), place: { line: 1, column: 0 } };
      const stream = account.catalog.findTable(place.fullName(parsed));
      if (stream?.kind !== 'STREAM') throw doesNotExist('Stream', name);
      return quoted(stream.physicalName);
    },
    history: (kind) => {
      if (session.database === null) throw compilationError('The history of a database is asked for inside one.');
      return account.history.table(kind, session.database);
    },
    now: () => account.clock.now(),
  };
}

/** The temporary table that RESULT_SCAN reads. */
export const resultTableName = (queryId: string) => `result ${queryId}`;

function tableText(account: Account, session: Session, place: Place, name: ObjectName, since?: number): string {
  const fullName = place.fullName(name);
  requireWarehouse(account, session);
  if (fullName.schema === 'INFORMATION_SCHEMA') return informationSchemaTable(account.catalog, fullName);
  const table = findTable(account, fullName);
  checkReadable(account, table, fullName);
  if (since !== undefined) return changesSince(account, table, fullName, since);
  if (table.kind !== 'VIEW') return quoted(table.physicalName);
  const { text, database, schema } = table.definition ?? { text: '', database: '', schema: '' };
  const inner = { database, schema, fullName: session.fullName.bind({ database, schema }) };
  const statement = parseStatement(text);
  if (statement.kind !== 'query') throw unsupported('a view that is no query');
  const { printing } = createTranslation(statementContext(account, session, inner));
  const columns = table.columns.map((column) => quoted(column.name)).join(', ');
  return `(SELECT * FROM (${printing.query(statement.query)}) AS "VIEW" (${columns}))`;
}

/** @throws SnowflakeError for a dynamic table without rows so far, and a stream whose table is gone. */
function checkReadable({ catalog }: Account, { kind, refreshedOn, follows }: Table, fullName: FullName): void {
  if (kind === 'DYNAMIC' && refreshedOn === undefined)
    throw new SnowflakeError(
      '002003',
      '55000',
      `Dynamic Table '${nameText(fullName)}' is not initialized. Please run a manual refresh or wait for a scheduled refresh before querying.`,
    );
  if (follows && !catalog.allTables().some(([, table]) => table === follows))
    throw compilationError(`Base table of the stream '${nameText(fullName)}' dropped, cannot read from it.`);
}

/** Rows are read by a warehouse; one that is suspended resumes, unless AUTO_RESUME is FALSE. */
function requireWarehouse({ catalog }: Account, { warehouse: name }: Session): void {
  const warehouse = name !== null && catalog.findObject({ kind: 'WAREHOUSE', name, database: null, schema: null });
  if (!warehouse) {
    throw new SnowflakeError(
      '000606',
      '57P03',
      `No active warehouse selected in the current session. Select an active warehouse with the 'use warehouse' command.`,
    );
  }
  if (warehouse.state === 'SUSPENDED' && warehouse.properties.get('AUTO_RESUME')?.toUpperCase() === 'FALSE') {
    throw new SnowflakeError(
      '000608',
      '57P03',
      `Warehouse '${warehouse.name}' is suspended and does not resume by itself.`,
    );
  }
  warehouse.state = 'STARTED';
}

function findTable(account: Account, fullName: FullName) {
  const { database, schema } = fullName;
  if (!account.catalog.hasDatabase(database)) throw doesNotExist('Database', database);
  if (!account.catalog.hasSchema(database, schema)) throw doesNotExist('Schema', `${database}.${schema}`);
  const table = account.catalog.findTable(fullName);
  if (!table) throw doesNotExist('Object', nameText(fullName));
  return table;
}

function contextValue(account: Account, session: Session, functionName: string): string | null | undefined {
  switch (functionName) {
    case 'CURRENT_USER':
      return session.user;
    case 'CURRENT_ROLE':
      return session.role;
    case 'CURRENT_DATABASE':
      return session.database;
    case 'CURRENT_SCHEMA':
      return session.schema;
    case 'CURRENT_WAREHOUSE':
      return session.warehouse;
    case 'CURRENT_ACCOUNT':
    case 'CURRENT_ACCOUNT_NAME':
      return account.name;
    case 'CURRENT_SESSION':
      return session.id;
    case 'CURRENT_REGION':
      return 'LOCAL';
    case 'CURRENT_VERSION':
      return '0.0.0-local';
    default:
      return undefined;
  }
}

/** The value of a session variable as SQL text. */
export const variableText = (value: string | null, isNumber: boolean) =>
  value === null ? 'NULL' : isNumber ? value : literal(value);
