import { createTranslation } from '../duckdb/queries.ts';
import { resultColumn, resultRows } from '../duckdb/result-cells.ts';
import { compilationError, SnowflakeError, unsupported } from '../errors.ts';
import type { ObjectName, Statement } from '../sql/statement-syntax.ts';
import type { Account } from './context.ts';
import { type ResultSet, STATEMENT_TYPES, statusResult } from './result-set.ts';
import type { Session } from './session.ts';
import { statementContext, variableText } from './statement-context.ts';

const DONE = statusResult('Statement executed successfully.', STATEMENT_TYPES.session);

/** USE: what later names are completed with. Roles and warehouses must have been created. */
export function use(account: Account, session: Session, kind: string, name: ObjectName): ResultSet {
  const [last = ''] = [...name.parts].reverse();
  switch (kind) {
    case 'DATABASE':
      if (!account.catalog.hasDatabase(last)) throw cannotUse();
      session.database = last;
      session.schema = account.catalog.hasSchema(last, 'PUBLIC') ? 'PUBLIC' : null;
      return DONE;
    case 'SCHEMA': {
      const schema = session.schemaName(name);
      if (!account.catalog.hasSchema(schema.database, schema.name)) throw cannotUse();
      session.database = schema.database;
      session.schema = schema.name;
      return DONE;
    }
    case 'ROLE':
      if (!account.catalog.findObject({ kind, name: last, database: null, schema: null })) throw cannotUse();
      session.role = last;
      return DONE;
    case 'WAREHOUSE':
      if (!account.catalog.findObject({ kind, name: last, database: null, schema: null })) throw cannotUse();
      session.warehouse = last;
      return DONE;
    default:
      // USE SECONDARY ROLES ALL | NONE: grants are not enforced.
      return DONE;
  }
}

/** Session parameters that this server acts on, or that change nothing here. */
const PARAMETERS = new Set([
  'AUTOCOMMIT',
  'BINARY_OUTPUT_FORMAT',
  'CLIENT_SESSION_KEEP_ALIVE',
  'CLIENT_TIMESTAMP_TYPE_MAPPING',
  'DATE_OUTPUT_FORMAT',
  'JS_TREAT_INTEGER_AS_BIGINT',
  'LOCK_TIMEOUT',
  'QUERY_TAG',
  'READ_LATEST_WRITES',
  'STATEMENT_QUEUED_TIMEOUT_IN_SECONDS',
  'STATEMENT_TIMEOUT_IN_SECONDS',
  'TIMESTAMP_NTZ_OUTPUT_FORMAT',
  'TIMESTAMP_OUTPUT_FORMAT',
  'TIMEZONE',
  'TIME_OUTPUT_FORMAT',
  'USE_CACHED_RESULT',
]);

/** ALTER SESSION. @throws SnowflakeError for a parameter, or a value, that would change what this server cannot. */
export function alterSession(session: Session, set: ReadonlyMap<string, string>, unset: readonly string[]): ResultSet {
  for (const name of [...set.keys(), ...unset]) {
    if (!PARAMETERS.has(name)) throw compilationError(`invalid parameter '${name}'`);
  }
  if (set.get('AUTOCOMMIT')?.toUpperCase() === 'FALSE') throw unsupported('AUTOCOMMIT = FALSE');
  const timezone = set.get('TIMEZONE');
  if (timezone !== undefined && !['UTC', 'ETC/UTC'].includes(timezone.toUpperCase()))
    throw unsupported(`TIMEZONE = '${timezone}'`);
  for (const [name, value] of set) session.parameters.set(name, value);
  for (const name of unset) session.parameters.delete(name);
  return DONE;
}

/** SET: the values are computed now. */
export async function setVariables(
  account: Account,
  session: Session,
  { names, values }: Extract<Statement, { kind: 'set variables' }>,
): Promise<ResultSet> {
  if (names.length !== values.length) throw compilationError('SET needs one value per variable.');
  const { printing } = createTranslation(statementContext(account, session));
  const reader = await session.connection.run(`SELECT ${values.map((value) => printing.expression(value)).join(', ')}`);
  const [row = []] = resultRows(reader);
  names.forEach((name, place) => {
    const { type } = resultColumn(name, reader.columnType(place));
    session.variables.set(name, variableText(row[place] ?? null, type === 'fixed' || type === 'real'));
  });
  return DONE;
}

export function unsetVariables(session: Session, names: readonly string[]): ResultSet {
  for (const name of names) session.variables.delete(name);
  return DONE;
}

function cannotUse(): SnowflakeError {
  return new SnowflakeError(
    '002043',
    '02000',
    'SQL compilation error:\nObject does not exist, or operation cannot be performed.',
  );
}
