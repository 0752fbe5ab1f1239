import { quoted } from '../duckdb/printing.ts';
import { alreadyExists, compilationError, doesNotExist, invalidIdentifier, unsupported } from '../errors.ts';
import { leadingKind, SCHEMA_OBJECT_KINDS } from '../sql/object-kinds.ts';
import type { CreateObject, ObjectName, Statement, TaskDefinition } from '../sql/statement-syntax.ts';
import { nameText, type RecordedObject, type Table, type Task } from './catalog.ts';
import type { Account } from './context.ts';
import { scheduleMs } from './lag.ts';
import { type ResultSet, statusResult } from './result-set.ts';
import type { Session } from './session.ts';

const DONE = 'Statement executed successfully.';
const INITIAL_STATES: Readonly<Record<string, string>> = {
  TASK: 'suspended',
  ALERT: 'suspended',
  SERVICE: 'RUNNING',
  'POSTGRES INSTANCE': 'READY',
};

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
    const place = placeOf(session, objectKind, object);
    const state = INITIAL_STATES[objectKind] ?? 'STARTED';
    const task = statement.task && plannedTask(account, session, statement.task, properties);
    checkReferences(account, session, objectKind, properties);
    account.catalog.putObject({ ...place, properties, body, createdOn: now, state, task });
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
  checkReferences(account, session, objectKind, properties);
  const words = text.toUpperCase();
  const hasSmallStates = objectKind === 'TASK' || objectKind === 'ALERT';
  if (words === 'SUSPEND') known.state = hasSmallStates ? 'suspended' : 'SUSPENDED';
  if (words === 'RESUME' || words === 'RESUME IF SUSPENDED') {
    if (known.task && known.state !== 'started') known.task.scheduledFrom = account.clock.now();
    known.state = hasSmallStates ? 'started' : 'STARTED';
  }
  return statusResult(DONE);
}

/** Predecessors must be there, in the same schema, and their root must be suspended. */
function plannedTask(
  account: Account,
  session: Session,
  { after, when, statement }: TaskDefinition,
  properties: ReadonlyMap<string, string>,
): Task {
  const schedule = properties.get('SCHEDULE');
  if (schedule !== undefined) scheduleMs(schedule);
  for (const name of after) {
    const before = recordedObject(account, session, 'TASK', name);
    if (before.state === 'started' && before.task?.after.length === 0)
      throw compilationError(`Unable to add a task behind ${before.name}: that root task is not suspended.`);
  }
  return { after: after.map((name) => session.fullName(name)), when, statement, scheduledFrom: account.clock.now() };
}

/** Properties that name another object, with its kind. */
const REFERENCES: Readonly<Record<string, string>> = {
  WAREHOUSE: 'WAREHOUSE',
  QUERY_WAREHOUSE: 'WAREHOUSE',
  COMPUTE_POOL: 'COMPUTE POOL',
  SERVICE: 'SERVICE',
  ALLOWED_NETWORK_RULES: 'NETWORK RULE',
  ALLOWED_NETWORK_RULE_LIST: 'NETWORK RULE',
  ALLOWED_AUTHENTICATION_SECRETS: 'SECRET',
  EXTERNAL_ACCESS_INTEGRATIONS: 'EXTERNAL ACCESS INTEGRATION',
};

/** @throws SnowflakeError when a property names an object that is not there. */
function checkReferences(
  account: Account,
  session: Session,
  objectKind: string,
  properties: ReadonlyMap<string, string>,
): void {
  for (const [property, kind] of Object.entries(REFERENCES)) {
    const names = (properties.get(property) ?? '').replace(/^\(|\)$/g, '').split(',');
    for (const name of names.map((each) => each.trim().replaceAll("'", '').toUpperCase())) {
      if (name === '' || (objectKind === 'WAREHOUSE' && property === 'WAREHOUSE')) continue;
      recordedObject(account, session, kind, { parts: name.split('.'), place: { line: 1, column: 0 } });
    }
  }
}

/** GRANT and REVOKE are recorded, not enforced; but the role and the object must be there. */
export function grant(account: Account, session: Session, statement: Extract<Statement, { kind: 'grant' }>): ResultSet {
  const role = /^ROLE (\w+)$/.exec(statement.grantee)?.[1];
  if (role !== undefined) recordedObject(account, session, 'ROLE', { parts: [role], place: { line: 1, column: 0 } });
  checkGranted(account, session, statement.on);
  if (statement.isRevoke) account.catalog.revoke(statement);
  else account.catalog.grant({ ...statement, createdOn: account.clock.now() });
  return statusResult(DONE);
}

function checkGranted(account: Account, session: Session, on: string): void {
  if (on === '' || on === 'ACCOUNT' || /^(ALL|FUTURE) /.test(on)) return;
  const kind = leadingKind(on);
  if (!kind) throw unsupported(`GRANT ON ${on}`);
  const name = on.slice(kind.length + 1);
  // The parts of a function's name end where its arguments begin.
  const parts = name.split(/\.(?![^(]*\))/);
  const kinds = kind === 'INTEGRATION' ? INTEGRATION_KINDS : [kind === 'DYNAMIC TABLE' ? 'TABLE' : kind];
  const object = { parts, place: { line: 1, column: 0 } };
  if (!kinds.some((each) => exists(account, session, each, object))) throw doesNotExist(titled(kind), name);
}

const INTEGRATION_KINDS = ['EXTERNAL ACCESS', 'SECURITY', 'API', 'NOTIFICATION'].map((kind) => `${kind} INTEGRATION`);

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
    case 'VIEW':
    case 'STREAM': {
      const table = catalog.findTable(session.fullName(object));
      if (kind === 'TABLE') return table !== undefined && table.kind !== 'VIEW' && table.kind !== 'STREAM';
      return table?.kind === kind;
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
    case 'VIEW':
    case 'STREAM': {
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
