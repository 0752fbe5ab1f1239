import { compilationError } from '../errors.ts';
import { isObjectKind } from './object-kinds.ts';
import type { Statement } from './statement-syntax.ts';
import type { TokenReader } from './token-reader.ts';

/** The privileges that are one word or more, but for CREATE. */
const PRIVILEGES = new Set([
  ...`ALL SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES USAGE MONITOR OPERATE MODIFY OWNERSHIP READ WRITE APPLY`.split(
    ' ',
  ),
  'ALL PRIVILEGES',
  'IMPORTED PRIVILEGES',
  'BIND SERVICE ENDPOINT',
  'EXECUTE TASK',
  'EXECUTE MANAGED TASK',
  'EXECUTE ALERT',
  'EXECUTE MANAGED ALERT',
  'MANAGE GRANTS',
  'MANAGE WAREHOUSES',
  'MONITOR EXECUTION',
  'MONITOR USAGE',
]);
const ROLE_GRANT = /^(?:DATABASE |SERVICE )?ROLE \S+$/;
const GRANTEE = /^(?:DATABASE )?(?:ROLE|USER) \S+$/;

/**
 * GRANT privileges ON object TO ROLE name, and REVOKE … FROM: the words are kept as text, nothing is enforced.
 * @throws SnowflakeError for a privilege that there is not, and for a grantee that is neither a role nor a user.
 */
export function parseGrant(reader: TokenReader): Statement {
  const isRevoke = reader.take().text === 'REVOKE';
  const to = isRevoke ? 'FROM' : 'TO';
  const privileges = takeUntil(reader, ['ON', to]);
  const on = reader.accept('ON') ? takeUntil(reader, [to]) : '';
  checkPrivileges(reader, privileges, on);
  reader.expect(to);
  const grantee = takeUntil(reader, ['WITH', 'COPY', 'CASCADE', 'RESTRICT']);
  if (!GRANTEE.test(grantee)) throw compilationError(`invalid grantee '${grantee}'`, reader.peek());
  reader.rest();
  return { kind: 'grant', isRevoke, privileges, on, grantee };
}

function checkPrivileges(reader: TokenReader, privileges: string, on: string): void {
  if (on === '' && ROLE_GRANT.test(privileges)) return;
  const names = privileges.split(',').map((name) => name.trim().replaceAll(/\s+/g, ' '));
  const unknown = names.find((name) => !isPrivilege(name));
  if (unknown !== undefined || on === '')
    throw compilationError(`invalid privilege '${unknown ?? privileges}'`, reader.peek());
}

function isPrivilege(name: string): boolean {
  return PRIVILEGES.has(name) || (name.startsWith('CREATE ') && isObjectKind(name.slice('CREATE '.length)));
}

function takeUntil(reader: TokenReader, stops: readonly string[]): string {
  const mark = reader.mark();
  while (!stops.some((stop) => reader.at(stop)) && !reader.at(';') && reader.peek().kind !== 'end') reader.take();
  if (reader.mark() === mark) throw reader.unexpected();
  return reader.textSince(mark).toUpperCase();
}
