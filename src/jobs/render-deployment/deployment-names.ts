import { isIPv4 } from 'node:net';
import { OperatorError } from '../../errors.ts';
import { assertNoSecret } from './secret-shapes.ts';

/** What only an administrator knows, as it comes from the keyboard. */
export interface DeploymentFlags {
  readonly account: string;
  readonly imageTag: string;
  /** Default: the repository that the setup makes, in the registry of the account. */
  readonly imageRepository?: string | undefined;
  /** Host of the Postgres; only known once there is one. */
  readonly postgresHost?: string | undefined;
  /** Addresses with commas between them; not given where Postgres is somewhere else. */
  readonly postgresClients?: string | undefined;
  /** What the names of all objects in the account begin with. */
  readonly name: string;
}

/** The same, checked: nothing in it can leave the quotes of a SQL text or of a YAML scalar, or a word of a shell. */
export interface DeploymentNames {
  readonly account: string;
  readonly name: string;
  readonly imageTag: string;
  readonly imageRepository: string;
  readonly postgresHost: string | null;
  /** Null where the setup makes no Postgres. */
  readonly postgresClients: readonly string[] | null;
}

const ACCOUNT = /^[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*$/;
const IMAGE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** Narrower than Snowflake's identifiers: it becomes part of the image's path as well. */
const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const NAME_LENGTH_MAX = 40;
const HOST_LENGTH_MAX = 253;
const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const ADDRESSES_MAX = 100;
/** A database of this name is there, or a statement with it does not parse. */
const TAKEN = new Set(
  `snowflake account all alter and any as between by case cast check column connect connection constraint create cross
   current database delete distinct drop else exists false following for from full grant group gscluster having ilike in
   increment inner insert intersect into is issue join lateral left like localtime localtimestamp minus natural not null
   of on or order organization qualify regexp revoke right rlike row rows sample schema select set some start table
   tablesample then to trigger true try_cast union unique update using values view when whenever where
   with`.split(/\s+/),
);

/**
 * Checks what came from the keyboard. No message repeats a value: it could be a secret in the wrong place.
 * @param secrets values that no file may hold.
 * @throws OperatorError that names the flag and what it must look like.
 */
export function parseDeploymentNames(flags: DeploymentFlags, secrets: readonly string[]): DeploymentNames {
  assertNoSecret(flags, secrets);
  const account = matching(flags.account, ACCOUNT, '--account must be the identifier alone, such as myorg-myaccount.');
  const name = toName(flags.name);
  const { postgresHost, postgresClients } = flags;
  if (postgresHost === undefined && postgresClients === undefined)
    throw new OperatorError(
      'Give --postgres-clients to make a Postgres in Snowflake, or --postgres-host when you have a Postgres.',
    );
  return {
    account,
    name,
    imageTag: matching(flags.imageTag, IMAGE_TAG, '--image-tag must be the tag of an image, such as 0.1.0.'),
    imageRepository: toRepository(flags.imageRepository ?? repositoryOf(account, name), name),
    postgresHost: postgresHost === undefined ? null : toHost(postgresHost, '--postgres-host'),
    postgresClients: postgresClients === undefined ? null : toAddresses(postgresClients),
  };
}

function toName(text: string): string {
  const problem =
    `--name must be small letters, digits and single _ between them, at most ${NAME_LENGTH_MAX} characters, ` +
    'beginning with a letter, and no word of SQL or of Snowflake.';
  if (text.length > NAME_LENGTH_MAX || TAKEN.has(text)) throw new OperatorError(problem);
  return matching(text, NAME, problem);
}

/** Registries write accounts as host names: small letters, and no `_`. */
function repositoryOf(account: string, name: string): string {
  return `${account.toLowerCase().replaceAll('_', '-')}.registry.snowflakecomputing.com/${name}/gateway/images`;
}

function toRepository(text: string, name: string): string {
  const path = `/${name}/gateway/images`;
  if (!text.endsWith(path))
    throw new OperatorError(
      `--image-repository must be the repository_url of SHOW IMAGE REPOSITORIES, without https://: it ends in ${path}.`,
    );
  return `${toHost(text.slice(0, -path.length), '--image-repository')}${path}`;
}

function toHost(text: string, flag: string): string {
  const labels = text.split('.');
  if (text.length <= HOST_LENGTH_MAX && labels.length > 1 && labels.every((label) => HOST_LABEL.test(label)))
    return text.toLowerCase();
  throw new OperatorError(
    `${flag} must begin with a host name of letters, digits, - and dots, with nothing around it.`,
  );
}

function toAddresses(text: string): string[] {
  const addresses = text.split(',').map((part) => part.trim());
  if (addresses.length <= ADDRESSES_MAX && addresses.every(isAddressRange)) return addresses;
  throw new OperatorError(
    `--postgres-clients must be at most ${ADDRESSES_MAX} IPv4 addresses or ranges with commas between them, such as ` +
      '203.0.113.0/24,198.51.100.7, and none that admits everybody.',
  );
}

function isAddressRange(text: string): boolean {
  const [address = '', bits = '32', ...rest] = text.split('/');
  return isIPv4(address) && /^[1-9]\d?$/.test(bits) && Number(bits) <= 32 && rest.length === 0;
}

function matching(text: string, pattern: RegExp, problem: string): string {
  if (pattern.test(text)) return text;
  throw new OperatorError(problem);
}
