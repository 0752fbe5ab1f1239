import type { ObjectName, Show } from '../sql/statement-syntax.ts';
import type { RecordedObject } from './catalog.ts';
import type { Account } from './context.ts';
import { objectText } from './execute-objects.ts';
import { type ResultSet, textResult } from './result-set.ts';
import type { Session } from './session.ts';

type Row = readonly (string | null)[];

/** SHOW of objects that are only recorded. */
export function showObjects(account: Account, session: Session, { objectKind, scope }: Show): ResultSet {
  const names = ['created_on', 'name', 'database_name', 'schema_name', 'state', 'properties'];
  const place = scope?.name && schemaOrDatabase(session, scope.kind, scope.name);
  const objects = account.catalog
    .objectsOf(objectKind)
    .filter(({ database }) => place === undefined || database === place.database)
    .filter(({ schema }) => place?.schema === undefined || schema === place.schema);
  const rows = objects.map((object): Row => {
    const properties = JSON.stringify(Object.fromEntries(withoutSecrets(object)));
    return [moment(object.createdOn), object.name, object.database, object.schema, object.state, properties];
  });
  return textResult(names, rows);
}

/** DESCRIBE of an object that is only recorded. */
export function describeObject(object: RecordedObject): ResultSet {
  const facts = { name: objectText(object), state: object.state, ...Object.fromEntries(withoutSecrets(object)) };
  return textResult(['property', 'value'], Object.entries(facts));
}

/** The place that a name behind IN means. */
export function schemaOrDatabase(
  session: Session,
  kind: string,
  name: ObjectName,
): { database: string; schema: string | undefined } {
  if (kind === 'DATABASE') return { database: name.parts[0] ?? '', schema: undefined };
  const schema = session.schemaName(name);
  return { database: schema.database, schema: schema.name };
}

/** What SHOW and DESCRIBE may say of an object: never the value of a secret. */
function withoutSecrets({ properties }: RecordedObject): [string, string][] {
  return [...properties].filter(([key]) => !/SECRET|PASSWORD|PRIVATE|TOKEN/.test(key));
}

const moment = (ms: number) => new Date(ms).toISOString();
