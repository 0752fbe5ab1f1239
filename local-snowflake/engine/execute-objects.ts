import { quoted } from '../duckdb/printing.ts';
import { alreadyExists, compilationError, doesNotExist, invalidIdentifier } from '../errors.ts';
import { SCHEMA_OBJECT_KINDS } from '../sql/object-kinds.ts';
import type { CreateObject, ObjectName, Statement } from '../sql/statement-syntax.ts';
import { nameText, type RecordedObject, type Table } from './catalog.ts';
import type { Account } from './context.ts';
import { type ResultSet, statusResult } from './result-set.ts';
import type { Session } from './session.ts';

const DONE = 'Statement executed successfully.';

/** CREATE of anything but tables and views. All but databases and schemas is only recorded, not acted upon. */
export async function createObject(account: Account, session: Session, statement: CreateObject): Promise<ResultSet> {
  const { objectKind, object, isReplace, ifNotExists } = statement;
  if (exists(account, session, objectKind, object)) {
    if (ifNotExists) return statusResult(`${object.parts.join('.')} already exists, statement succeeded.`);
    if (!isReplace) throw alreadyExists(object.parts.join('.'));
    await dropTables(session, removeObject(account, session, objectKind, object));
  }
  const now = account.clock.now();
  const name = object.parts.at(-1) ?? '';
  if (objectKind === 'DATABASE') {
    account.catalog.createDatabase(name, now);
    session.database = name;
    session.schema = 'PUBLIC';
  } else if (objectKind === 'SCHEMA') {
    const schema = session.schemaName(object);
    account.catalog.createSchema(schema.database, schema.name, now);
    session.database = schema.database;
    session.schema = schema.name;
  } else {
    const { properties, body } = statement;
    const state = objectKind === 'TASK' ? 'suspended' : objectKind === 'SERVICE' ? 'RUNNING' : 'STARTED';
    account.catalog.putObject({ ...placeOf(session, objectKind, object), properties, body, createdOn: now, state });
    if (objectKind === 'WAREHOUSE') session.warehouse = name;
  }
  return statusResult(`${titled(objectKind)} ${name} successfully created.`);
}

/** DROP of anything. */
export async function drop(
  account: Account,
  session: Session,
  { objectKind, object, ifExists }: Extract<Statement, { kind: 'drop' }>,
): Promise<ResultSet> {
  const name = object.parts.at(-1) ?? '';
  if (!exists(account, session, objectKind, object)) {
    if (ifExists) return statusResult('Drop statement executed successfully (object already dropped).');
    throw doesNotExist(titled(objectKind), object.parts.join('.'));
  }
  await dropTables(session, removeObject(account, session, objectKind, object));
  return statusResult(`${name} successfully dropped.`);
}

/** ALTER of a recorded object: its properties, or a state such as SUSPEND and RESUME. */
export function alterObject(
  account: Account,
  session: Session,
  { objectKind, object, ifExists, properties, text }: Extract<Statement, { kind: 'alter object' }>,
): ResultSet {
  if (!exists(account, session, objectKind, object)) {
    if (ifExists) return statusResult(DONE);
    throw doesNotExist(titled(objectKind), object.parts.join('.'));
  }
  const known = account.catalog.findObject(placeOf(session, objectKind, object));
  if (!known) return statusResult(DONE);
  known.properties = new Map([...known.properties, ...properties]);
  const words = text.trim().toUpperCase();
  if (words === 'SUSPEND') known.state = objectKind === 'TASK' ? 'suspended' : 'SUSPENDED';
  if (words === 'RESUME' || words === 'RESUME IF SUSPENDED')
    known.state = objectKind === 'TASK' ? 'started' : 'STARTED';
  return statusResult(DONE);
}

export function grant(account: Account, statement: Extract<Statement, { kind: 'grant' }>): ResultSet {
  if (statement.isRevoke) account.catalog.revoke(statement);
  else account.catalog.grant({ ...statement, createdOn: account.clock.now() });
  return statusResult(DONE);
}

/** The recorded object of that name. @throws SnowflakeError when there is none. */
export function recordedObject(
  account: Account,
  session: Session,
  objectKind: string,
  object: ObjectName,
): RecordedObject {
  const known = account.catalog.findObject(placeOf(session, objectKind, object));
  if (!known) throw doesNotExist(titled(objectKind), object.parts.join('.'));
  return known;
}

type ObjectPlace = Pick<RecordedObject, 'kind' | 'name' | 'database' | 'schema'>;

function placeOf(session: Session, kind: string, object: ObjectName): ObjectPlace {
  if (kind === 'DATABASE ROLE') return { kind, schema: null, ...session.schemaName(object) };
  if (SCHEMA_OBJECT_KINDS.has(kind)) return { kind, ...session.fullName(object) };
  if (object.parts.length > 1) throw compilationError(`A ${kind.toLowerCase()} has a name of one part.`);
  return { kind, name: object.parts[0] ?? '', database: null, schema: null };
}

function exists(account: Account, session: Session, kind: string, object: ObjectName): boolean {
  const { catalog } = account;
  switch (kind) {
    case 'DATABASE':
      return catalog.hasDatabase(object.parts[0] ?? '');
    case 'SCHEMA': {
      const { database, name } = session.schemaName(object);
      return catalog.hasSchema(database, name);
    }
    case 'TABLE':
    case 'VIEW': {
      const table = catalog.findTable(session.fullName(object));
      return table !== undefined && (table.kind === 'VIEW') === (kind === 'VIEW');
    }
    case 'INDEX':
      return indexOwner(account, session, object) !== undefined;
    default:
      return catalog.findObject(placeOf(session, kind, object)) !== undefined;
  }
}

/** Takes an object out of the catalog; gives back the tables whose rows must go. */
function removeObject(account: Account, session: Session, kind: string, object: ObjectName): Table[] {
  const { catalog } = account;
  switch (kind) {
    case 'DATABASE': {
      const name = object.parts[0] ?? '';
      if (session.database === name) [session.database, session.schema] = [null, null];
      return catalog.dropDatabase(name);
    }
    case 'SCHEMA': {
      const { database, name } = session.schemaName(object);
      if (session.database === database && session.schema === name) session.schema = null;
      return catalog.dropSchema(database, name);
    }
    case 'TABLE':
    case 'VIEW': {
      const fullName = session.fullName(object);
      const table = catalog.table(fullName);
      catalog.dropTable(fullName);
      return [table];
    }
    case 'INDEX': {
      const owner = indexOwner(account, session, object);
      if (!owner) throw invalidIdentifier(object.parts.join('.'));
      owner.indexes = owner.indexes.filter(({ name }) => name !== object.parts.at(-1));
      return [];
    }
    default:
      catalog.dropObject(placeOf(session, kind, object));
      return [];
  }
}

/** DROP INDEX names it with its table: schema.table.index or table.index. */
function indexOwner(account: Account, session: Session, { parts, place }: ObjectName): Table | undefined {
  const table = account.catalog.findTable(session.fullName({ parts: parts.slice(0, -1), place }));
  return table?.indexes.some(({ name }) => name === parts.at(-1)) ? table : undefined;
}

async function dropTables(session: Session, tables: readonly Table[]): Promise<void> {
  for (const { kind, physicalName } of tables) {
    if (kind !== 'VIEW') await session.connection.run(`DROP TABLE ${quoted(physicalName)}`);
  }
}

/** `Compute pool` of `COMPUTE POOL`. */
const titled = (kind: string) => kind.charAt(0) + kind.slice(1).toLowerCase();

/** The full name of a recorded object as text. */
export const objectText = ({ database, schema, name }: RecordedObject) =>
  database === null ? name : schema === null ? `${database}.${name}` : nameText({ database, schema, name });
