import { unsupported } from '../errors.ts';
import type { Show } from '../sql/statement-syntax.ts';
import type { Grant } from './catalog.ts';
import type { Account } from './context.ts';
import { recordedObject } from './execute-objects.ts';
import { type ResultSet, textResult } from './result-set.ts';
import type { Session } from './session.ts';

type Row = readonly (string | null)[];

/** SHOW SERVICES. Services do not run here; their names inside Snowflake are told as it would. */
export function showServices({ catalog }: Account): ResultSet {
  const names = ['name', 'status', 'database_name', 'schema_name', 'compute_pool', 'dns_name', 'created_on'];
  const rows = catalog.objectsOf('SERVICE').map(({ name, state, database, schema, body, createdOn }): Row => {
    const pool = /IN\s+COMPUTE\s+POOL\s+(\w+)/i.exec(body ?? '')?.[1]?.toUpperCase() ?? null;
    const dnsName = `${name.toLowerCase().replaceAll('_', '-')}.local.svc.spcs.internal`;
    return [name, state, database, schema, pool, dnsName, moment(createdOn)];
  });
  return textResult(names, rows);
}

/**
 * SHOW ENDPOINTS IN SERVICE: those of its specification. The public ones of a service whose COMMENT is an address are
 * reached there, so that a model server on this machine can stand in for it.
 */
export function showEndpoints(account: Account, session: Session, { scope }: Show): ResultSet {
  if (scope?.kind !== 'SERVICE' || !scope.name) throw unsupported('SHOW ENDPOINTS without IN SERVICE');
  const { name, body = '', properties } = recordedObject(account, session, 'SERVICE', scope.name);
  const comment = properties.get('COMMENT') ?? /COMMENT\s*=\s*'([^']*)'/i.exec(body)?.[1] ?? '';
  const host = `${name.toLowerCase().replaceAll('_', '-')}-${account.name.toLowerCase()}.snowflakecomputing.app`;
  const address = /^https?:/.test(comment) ? comment : host;
  const [, list = ''] = /\n\s*endpoints:\s*\n([^$]*)/.exec(body) ?? [];
  const rows = [...list.matchAll(/-\s+name:\s*(\S+)([^-]*)/g)].map(([, endpoint = '', rest = '']): Row => {
    const isPublic = /public:\s*true/.test(rest);
    const port = /port:\s*(\d+)/.exec(rest)?.[1] ?? null;
    return [endpoint, port, null, 'HTTP', String(isPublic), isPublic ? address : null];
  });
  return textResult(['name', 'port', 'port_range', 'protocol', 'is_public', 'ingress_url'], rows);
}

/** SHOW GRANTS, and SHOW GRANTS TO ROLE: a row for each privilege on each object. */
export function showGrants(account: Account, session: Session, { scope }: Show): ResultSet {
  const role = scope?.kind === 'ROLE' ? scope.name?.parts.at(-1) : undefined;
  const rows = account.catalog
    .grants()
    .filter(({ grantee }) => role === undefined || grantee.toUpperCase() === `ROLE ${role}`)
    .flatMap((grant) => grantRows(account, session, grant));
  const names = ['created_on', 'privilege', 'granted_on', 'name', 'granted_to', 'grantee_name'];
  return textResult(names, rows);
}

function grantRows(account: Account, session: Session, { createdOn, privileges, on, grantee }: Grant): Row[] {
  const [, grantedTo = '', granteeName = ''] = /^(.*\S)\s+(\S+)$/.exec(grantee.toUpperCase()) ?? [];
  const row = (privilege: string, kind: string, name: string): Row => [
    moment(createdOn),
    privilege,
    kind.replaceAll(' ', '_'),
    name,
    grantedTo,
    granteeName,
  ];
  const words = privileges.toUpperCase();
  if (on === '') return [row('USAGE', 'ROLE', words.replace(/^ROLE\s+/, ''))];
  const list = words.split(',').map((privilege) => privilege.trim());
  const objects = grantedObjects(account, session, on.toUpperCase(), createdOn);
  return objects.flatMap(([kind, name]) => list.map((privilege) => row(privilege, kind, name)));
}

/** What ON names: one object, all that a schema holds, or those that came into it after the grant. */
function grantedObjects(
  { catalog }: Account,
  session: Session,
  on: string,
  grantedOn: number,
): (readonly [kind: string, name: string])[] {
  const [, which, place = ''] = /^(ALL|FUTURE) .+ IN SCHEMA (\S+)$/.exec(on) ?? [];
  if (which !== undefined) {
    const { database, name } = session.schemaName({ parts: place.split('.') });
    return catalog
      .tablesOf(database, name)
      .filter(([, { kind, createdOn }]) => kind !== 'STREAM' && (which === 'ALL' || createdOn >= grantedOn))
      .map(([table]) => ['TABLE', `${database}.${name}.${table}`] as const);
  }
  const [, kind = on, name = ''] = /^(.*\S)\s+(\S+)$/.exec(on) ?? [];
  return [[kind, name]];
}

const moment = (ms: number) => new Date(ms).toISOString();
