import { z } from 'zod';
import { OperatorError } from './errors.ts';

const wholeNumber = (min: number, max: number, fallback: number) => {
  const problem = `must be a whole number from ${String(min)} to ${String(max)}`;
  return z.coerce.number(problem).int(problem).min(min, problem).max(max, problem).default(fallback);
};
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true');

const text = () => z.string().min(1).optional();
const MODEL_ID = /^[A-Za-z0-9][\w.-]{0,63}@[A-Za-z0-9][\w.-]{0,63}$/;
const STORES = ['postgres', 'snowflake'] as const;
const ladderOf = (names: string): (typeof STORES)[number][] =>
  STORES.filter((store) => names.split(',').includes(store));

/**
 * Every setting: its name in the environment, its range, its default and what it does. The table in README.md is
 * tested against this object.
 */
export const SETTINGS = {
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all.'),
  PORT: wholeNumber(0, 65_535, 4000).describe('Port to listen on; 0 takes a free one.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('Least level to log.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('A Postgres of yours, postgres://user:password@host:port/database. Without it an embedded one runs.'),
  DATA_FOLDER: z.string().min(1).default('data').describe('Folder of the embedded Postgres.'),
  POSTGRES_POOL_SIZE_MAX: wholeNumber(2, 200, 8).describe('Connections to Postgres; a load takes two.'),
  STATEMENT_TIMEOUT_MS: wholeNumber(10, 600_000, 2000).describe('Deadline of one statement, queueing included.'),
  STATEMENT_KEYS_MAX: wholeNumber(1, 10_000, 2000).describe('Keys in one batched statement; more are split.'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('A Redis to share the entity cache, redis://host:port. Without it the cache is in memory alone.'),
  REDIS_TIMEOUT_MS: wholeNumber(1, 10_000, 50).describe(
    'Deadline of one Redis call; after it the answer comes from below.',
  ),
  CACHE_TTL_SECONDS: wholeNumber(0, 86_400, 30).describe(
    'How long a cached entity is fresh; 0 turns the entity cache off.',
  ),
  CACHE_ENTRIES_MAX: wholeNumber(1, 10_000_000, 50_000).describe('Entities kept in memory.'),
  SNAPSHOT_MAX_AGE_SECONDS: wholeNumber(1, 86_400, 60).describe(
    'Oldest stock snapshot to rank from; changes announced by Postgres refresh it sooner.',
  ),
  FEATURES_MAX_AGE_HOURS: wholeNumber(1, 87_600, 48).describe('Features older than this are marked isStale.'),
  SERVING_STORES: z
    .string()
    .regex(
      /^(postgres|snowflake|postgres,snowflake|snowflake,postgres)$/,
      'must be postgres, snowflake, or both with a comma',
    )
    .default('postgres')
    .transform((names) => (names.startsWith('snowflake') ? ladderOf(names).toReversed() : ladderOf(names)))
    .describe(
      'Who answers statements, best first: postgres, snowflake, or both. The next one steps in for a failing one.',
    ),
  SNOWFLAKE_ACCOUNT: text().describe('Account identifier, for example myorg-myaccount.'),
  SNOWFLAKE_ACCOUNT_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Account URL, where it does not follow from the account.'),
  SNOWFLAKE_HOST: z
    .string()
    .regex(/^[\w.-]+(:\d{1,5})?$/, 'must be a host name')
    .optional()
    .describe(
      'Host of the account, which Snowflake tells its containers; read where SNOWFLAKE_ACCOUNT_URL is not set.',
    ),
  SNOWFLAKE_DATABASE: text().describe('Database of the serving tables.'),
  SNOWFLAKE_SCHEMA: text().describe('Schema of the serving tables.'),
  SNOWFLAKE_WAREHOUSE: text().describe('Warehouse that runs the statements.'),
  SNOWFLAKE_ROLE: text().describe('Role of the session. Default: the user’s own.'),
  SNOWFLAKE_USER: text().describe('User that logs in.'),
  SNOWFLAKE_PASSWORD: text().describe('Password of the user; prefer a key.'),
  SNOWFLAKE_PRIVATE_KEY_FILE: text().describe('File with the user’s RSA key in PEM, encrypted or not.'),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: text().describe('Passphrase of an encrypted key; prefer a file.'),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE: text().describe('File with the passphrase of an encrypted key.'),
  SNOWFLAKE_PAT: text().describe('Programmatic access token, for `snowgate token`; prefer a file.'),
  SNOWFLAKE_PAT_FILE: text().describe('File with a programmatic access token; read anew for every login.'),
  SNOWFLAKE_TOKEN_FILE: text().describe(
    'File with the service token of a container, /snowflake/session/token there; read anew for every login.',
  ),
  SNOWFLAKE_POOL_SIZE_MAX: wholeNumber(1, 100, 8).describe('Sessions with Snowflake.'),
  SNOWFLAKE_LOGIN_TIMEOUT_MS: wholeNumber(100, 600_000, 10_000).describe('Deadline of one login to Snowflake.'),
  RANKER: z
    .enum(['embedded', 'service', 'service-then-embedded'])
    .default('embedded')
    .describe('Who runs the ranking model: this process, a model service, or the service with this process behind it.'),
  MODEL_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of the model service, http://host:port.'),
  MODEL_SERVICE: text().describe(
    'Name of a model service in Snowflake; its address is looked up there where MODEL_ENDPOINT is not set.',
  ),
  MODEL_TOKEN_FILE: text().describe(
    'File with a token for a model service behind public ingress; read anew for every call.',
  ),
  MODEL_TIMEOUT_MS: wholeNumber(1, 600_000, 500).describe('Deadline of one list’s scores from the model service.'),
  MODEL_CONNECTIONS_MAX: wholeNumber(1, 1000, 32).describe('Connections to the model service.'),
  MODEL_PAYLOAD_BYTES_MAX: wholeNumber(1000, 100_000_000, 1_000_000).describe(
    'Largest request to the model service; more rows are split.',
  ),
  MODEL_FOLDER: text().describe('Folder of models, each in `<name>/<version>`. Default: the models that ship.'),
  RANKING_MODEL: z
    .string()
    .regex(MODEL_ID, 'must be name@version, for example ranking@1')
    .optional()
    .describe('Ranking model, name@version. Default: what `snowgate models use` chose, at first ranking@5.'),
  RATINGS_MODEL: z
    .string()
    .regex(MODEL_ID, 'must be name@version, for example ratings@1')
    .optional()
    .describe('Factorization of ratings, name@version: predictedAffinity and /invoke then give ratings.'),
  RANKING_PROPENSITY_WEIGHT: z.coerce
    .number('must be a number from 0 to 1')
    .min(0, 'must be a number from 0 to 1')
    .max(1, 'must be a number from 0 to 1')
    .default(0)
    .describe('Weight of the category propensity in the score, 0 to 1; 0.3 is the reference’s blend.'),
  RANKING_REPEAT_DAYS: wholeNumber(0, 90, 7).describe(
    'Products bought within so many days are left out; 0 keeps them.',
  ),
  ANONYMOUS_SCOPES: z
    .string()
    .regex(/^[a-z:,]*$/, 'must be scopes separated by commas')
    .default('')
    .transform((text) => text.split(',').filter((scope) => scope !== ''))
    .describe('Scopes of a viewer who shows no credentials, separated by commas, for example customers:pii.'),
  OPERATION_DEPTH_MAX: wholeNumber(1, 100, 12).describe('Deepest nesting of an operation.'),
  OPERATION_ALIASES_MAX: wholeNumber(0, 10_000, 30).describe('Aliases in an operation.'),
  OPERATION_TOKENS_MAX: wholeNumber(10, 1_000_000, 2000).describe('Tokens in a document.'),
  OPERATION_COST_MAX: wholeNumber(1, 100_000_000, 50_000).describe('Cost of an operation, list arguments multiplied.'),
  REQUEST_BYTES_MAX: wholeNumber(100, 100_000_000, 1_000_000).describe('Size of a request body.'),
  REQUEST_TIMEOUT_MS: wholeNumber(100, 600_000, 10_000).describe('Time to receive a request, and to answer it.'),
  ENVELOPE_ROWS_MAX: wholeNumber(1, 1_000_000, 10_000).describe('Rows of one call of a service function.'),
  ENVELOPE_BYTES_MAX: wholeNumber(100, 100_000_000, 10_000_000).describe(
    'Size of the body of one call of a service function.',
  ),
  CUSTOMER_ROUTE: z
    .enum(['customers', 'recommendations'])
    .default('customers')
    .describe('What GET /customer/{ids} answers with: customers, or what similar customers liked.'),
  SHUTDOWN_DELAY_MS: wholeNumber(0, 600_000, 0).describe(
    'Time after SIGTERM in which it still answers but is not ready, so that a load balancer goes elsewhere.',
  ),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(100, 600_000, 25_000).describe(
    'Time to finish open requests after SIGTERM, SHUTDOWN_DELAY_MS included.',
  ),
  EXPLORER: flag(true).describe('Serve the explorer at / and /graphql, and the test page at /test.'),
  DEMO_CUSTOMERS: wholeNumber(100, 5_000_000, 10_000).describe('Customers in the demo data of the embedded Postgres.'),
  DEMO_SEED: wholeNumber(0, 2_147_483_647, 7).describe('Seed of the demo data: the same seed gives the same rows.'),
} as const satisfies Record<string, z.ZodType>;

/** Settings whose value is a secret: no command shows it. */
export const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  'SNOWFLAKE_PASSWORD',
  'SNOWFLAKE_PAT',
  'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE',
]);

const Environment = z.object(SETTINGS);

/** All settings after parsing, named as in the environment, frozen. */
export type Config = Readonly<z.infer<typeof Environment>>;

/** A setting whose value cannot be used. The value itself is no part of it. */
export interface SettingProblem {
  readonly name: string;
  readonly message: string;
}

/**
 * Reads the settings from an environment. An empty variable counts as not set.
 * @throws OperatorError that lists every wrong setting at once, a line each. Values of settings that may hold a
 * password are never part of it.
 */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const { config, problems } = readSettings(environment);
  if (problems.length === 0) return config;
  const lines = problems.map(({ name, message }) => `  ${name}: ${message}`);
  throw new OperatorError(`Wrong settings:\n${lines.join('\n')}`);
}

/** Reads the settings as `parseConfig` does, but takes the default in place of what is wrong, and tells of it. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): {
  readonly config: Config;
  readonly problems: readonly SettingProblem[];
} {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = Environment.safeParse(given);
  if (result.success) return { config: Object.freeze(withAccountUrl(result.data)), problems: [] };
  const problems = result.error.issues.map(({ path, message }) => ({ name: path.join('.'), message }));
  const wrong = new Set(problems.map(({ name }) => name));
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
  return { config: Object.freeze(withAccountUrl(Environment.parse(rest))), problems };
}

function withAccountUrl(config: Config): Config {
  const { SNOWFLAKE_HOST: host, SNOWFLAKE_ACCOUNT_URL: url } = config;
  return host === undefined || url !== undefined ? config : { ...config, SNOWFLAKE_ACCOUNT_URL: `https://${host}` };
}
