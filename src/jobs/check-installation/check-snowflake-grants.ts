import type { ExpectedTable } from './expected-tables.ts';
import { ok, skipped, warning, type Outcome, type Outcomes } from './finding.ts';
import { identifier, type SnowflakePlace } from './snowflake-place.ts';

/** One privilege on one object; names in upper case. */
interface Grant {
  readonly privilege: string;
  readonly kind: string;
  readonly name: string;
  /** The role that has it. */
  readonly role: string;
}

interface GrantRow {
  readonly privilege: string;
  readonly granted_on: string;
  readonly name: string;
}

const ADMINISTRATORS = new Set([
  'ACCOUNTADMIN',
  'SECURITYADMIN',
  'SYSADMIN',
  'USERADMIN',
  'ORGADMIN',
  'GLOBALORGADMIN',
]);
const ROLES_MAX = 30;
const SHOWN_MAX = 5;
/** Privileges with which a gateway that only reads could do harm. */
const EXCESSIVE =
  /^(OWNERSHIP|ALL|ALL PRIVILEGES|INSERT|UPDATE|DELETE|TRUNCATE|MODIFY|EVOLVE SCHEMA|CREATE .*|MANAGE .*)$/;
const LOOKED_AT = /^(ACCOUNT|DATABASE|SCHEMA|TABLE|HYBRID_TABLE|VIEW|WAREHOUSE)$/;

/** What the role may do: enough to serve and to sync, and no more. */
export async function checkGrants(place: SnowflakePlace, tables: readonly ExpectedTable[]): Promise<Outcomes> {
  const { role } = place;
  if (ADMINISTRATORS.has(role)) {
    return warning(
      `${role} may do far more than the gateway needs`,
      `Run in Snowflake: ${roleScript(place)} and set SNOWFLAKE_ROLE=SNOWGATE_READER.`,
    );
  }
  const grants = await grantsOf(place, role);
  if (grants.length === 0) return skipped(`SHOW GRANTS lists nothing for the role ${role}`);
  const missing = neededGrants(place, tables).filter((needed) => !isGranted(needed, grants));
  const excessive = grants.filter(({ privilege, kind }) => EXCESSIVE.test(privilege) && LOOKED_AT.test(kind));
  const outcomes: Outcome[] = [];
  if (missing.length > 0) {
    outcomes.push(
      warning(
        `the role ${role} lacks ${listed(missing)}; what works without comes from another role of the session`,
        `Run in Snowflake: ${missing.map((grant) => `GRANT ${onObject(grant)} TO ROLE ${identifier(role)};`).join(' ')}`,
      ),
    );
  }
  if (excessive.length > 0) {
    const revokes = excessive
      .slice(0, SHOWN_MAX)
      .map((grant) => `REVOKE ${onObject(grant)} FROM ROLE ${identifier(grant.role)};`);
    outcomes.push(
      warning(`the role ${role} may do more than read: ${listed(excessive)}`, `Run in Snowflake: ${revokes.join(' ')}`),
    );
  }
  return outcomes.length > 0 ? outcomes : ok(`${role} may read what it needs, and no more`);
}

/** The grants of a role and of the roles that it has, PUBLIC included. */
async function grantsOf({ query }: SnowflakePlace, role: string): Promise<readonly Grant[]> {
  const seen = new Set<string>();
  const waiting = [role, 'PUBLIC'];
  const grants: Grant[] = [];
  while (waiting.length > 0 && seen.size < ROLES_MAX) {
    const next = waiting.shift() ?? '';
    if (seen.has(next)) continue;
    seen.add(next);
    const rows = await query<GrantRow>('doctor_grants', `SHOW GRANTS TO ROLE ${identifier(next)}`).catch(() => []);
    for (const { privilege, granted_on: on, name } of rows) {
      const kind = on.toUpperCase().replaceAll(' ', '_');
      if (kind === 'ROLE') waiting.push(name);
      else grants.push({ privilege: privilege.toUpperCase(), kind, name: plain(name), role: next });
    }
  }
  return grants;
}

/** SHOW quotes names that need it. */
const plain = (name: string): string => name.replaceAll('"', '').toUpperCase();

type Needed = Omit<Grant, 'role'>;

function neededGrants({ database, schema, warehouse }: SnowflakePlace, tables: readonly ExpectedTable[]): Needed[] {
  return [
    { privilege: 'USAGE', kind: 'DATABASE', name: database },
    { privilege: 'USAGE', kind: 'SCHEMA', name: `${database}.${schema}` },
    ...(warehouse === null ? [] : [{ privilege: 'USAGE', kind: 'WAREHOUSE', name: warehouse }]),
    ...tables.map(({ name }) => ({
      privilege: 'SELECT',
      kind: 'TABLE',
      name: `${database}.${schema}.${name.toUpperCase()}`,
    })),
  ];
}

function isGranted(needed: Needed, grants: readonly Grant[]): boolean {
  return grants.some(
    ({ privilege, kind, name }) =>
      name === needed.name &&
      (kind === needed.kind || (needed.kind === 'TABLE' && /TABLE$|^VIEW$/.test(kind))) &&
      [needed.privilege, 'OWNERSHIP', 'ALL', 'ALL PRIVILEGES'].includes(privilege),
  );
}

function onObject({ privilege, kind, name }: Needed): string {
  return `${privilege} ON ${kind.replaceAll('_', ' ')} ${name.split('.').map(identifier).join('.')}`;
}

function listed(grants: readonly Needed[]): string {
  const shown = grants.slice(0, SHOWN_MAX).map(onObject).join(', ');
  return grants.length > SHOWN_MAX ? `${shown} and ${grants.length - SHOWN_MAX} more` : shown;
}

function roleScript(place: SnowflakePlace): string {
  const database = identifier(place.database);
  const schema = `${database}.${identifier(place.schema)}`;
  return [
    'CREATE ROLE IF NOT EXISTS snowgate_reader;',
    `GRANT USAGE ON DATABASE ${database} TO ROLE snowgate_reader;`,
    `GRANT USAGE ON SCHEMA ${schema} TO ROLE snowgate_reader;`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ROLE snowgate_reader;`,
    ...(place.warehouse === null
      ? []
      : [`GRANT USAGE ON WAREHOUSE ${identifier(place.warehouse)} TO ROLE snowgate_reader;`]),
    `GRANT ROLE snowgate_reader TO USER ${identifier(place.user)};`,
  ].join(' ');
}
