import { statSync } from 'node:fs';
import type { Config, SettingProblem } from '../../config.ts';
import { broken, ok, warning, type Check, type Outcome } from './finding.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** In the order in which they are tried. */
const LOGINS = [
  'SNOWFLAKE_PRIVATE_KEY_FILE',
  'SNOWFLAKE_PAT_FILE',
  'SNOWFLAKE_TOKEN_FILE',
  'SNOWFLAKE_PASSWORD',
] as const;
const READABLE_BY_OTHERS = 0o077;

/** What the settings say by themselves: out of range, missing, contradicting each other. */
export function settingsChecks(config: Config, problems: readonly SettingProblem[]): readonly Check[] {
  const check = (name: string, look: () => readonly Outcome[], fine: string): Check => ({
    group: 'settings',
    name,
    deadlineMs: 5000,
    fix: 'Run snowgate config to see every setting.',
    look: () => {
      const found = look();
      return found.length > 0 ? found : ok(fine);
    },
  });
  return [
    check('ranges', () => problems.map(outOfRange), 'every setting is in its range'),
    check('fit', () => [...contradictions(config)], 'no setting contradicts another'),
    check(
      'secrets',
      () => [...carelessSecrets(config)],
      'secrets travel encrypted and are readable by their owner alone',
    ),
  ];
}

/** Whether anything that is set uses Snowflake, and what. */
export function snowflakePurposes(config: Config): readonly string[] {
  return [
    ...(config.SERVING_STORES.includes('snowflake') ? ['SERVING_STORES with snowflake'] : []),
    ...(findsModel(config) ? ['MODEL_SERVICE'] : []),
    ...(config.SNOWFLAKE_ACCOUNT === undefined ? [] : ['snowgate sync']),
  ];
}

function findsModel({ RANKER, MODEL_SERVICE, MODEL_ENDPOINT }: Config): boolean {
  return RANKER !== 'embedded' && MODEL_SERVICE !== undefined && MODEL_ENDPOINT === undefined;
}

const outOfRange = ({ name, message }: SettingProblem): Outcome =>
  broken(`${name}: ${message}`, `Mend ${name}; until then the default is looked at here. snowgate config explains it.`);

function* contradictions(config: Config): Generator<Outcome> {
  yield* missingForSnowflake(config);
  yield* loginContradictions(config);
  yield* rankerContradictions(config);
  if (config.REDIS_URL !== undefined && config.CACHE_TTL_SECONDS === 0) {
    yield warning('REDIS_URL is set, and CACHE_TTL_SECONDS=0 turns the cache off', 'Unset one of the two.');
  }
  if (config.STATEMENT_TIMEOUT_MS >= config.REQUEST_TIMEOUT_MS) {
    yield warning(
      'a statement may take longer (STATEMENT_TIMEOUT_MS) than the request that waits for it (REQUEST_TIMEOUT_MS)',
      `Set STATEMENT_TIMEOUT_MS below ${config.REQUEST_TIMEOUT_MS}.`,
    );
  }
}

function* missingForSnowflake(config: Config): Generator<Outcome> {
  const [purpose] = snowflakePurposes(config);
  if (purpose === undefined) return;
  const needed = ['SNOWFLAKE_ACCOUNT', 'SNOWFLAKE_DATABASE', 'SNOWFLAKE_SCHEMA'] as const;
  for (const name of needed) {
    if (config[name] === undefined) yield broken(`${name} is missing: ${purpose} needs it`, `Set ${name}.`);
  }
  const login = LOGINS.find((name) => config[name] !== undefined);
  if (login === undefined) {
    yield broken(`no way to log in to Snowflake is set: ${purpose} needs one`, `Set ${LOGINS.join(' or ')}.`);
  }
  const needsUser = login === 'SNOWFLAKE_PRIVATE_KEY_FILE' || login === 'SNOWFLAKE_PASSWORD';
  if (needsUser && config.SNOWFLAKE_USER === undefined) {
    yield broken(`SNOWFLAKE_USER is missing: ${login} needs it`, 'Set SNOWFLAKE_USER.');
  }
}

function* loginContradictions(config: Config): Generator<Outcome> {
  const [used, ...ignored] = LOGINS.filter((name) => config[name] !== undefined);
  if (used !== undefined && ignored.length > 0) {
    yield warning(`${used} logs in; ${ignored.join(' and ')} is not used`, `Unset ${ignored.join(' and ')}.`);
  }
  const hasPassphrase =
    config.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE !== undefined || config.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE !== undefined;
  if (hasPassphrase && config.SNOWFLAKE_PRIVATE_KEY_FILE === undefined) {
    yield warning(
      'there is a passphrase and no key that it opens',
      'Set SNOWFLAKE_PRIVATE_KEY_FILE, or unset the passphrase.',
    );
  }
}

function* rankerContradictions(config: Config): Generator<Outcome> {
  const { RANKER, MODEL_ENDPOINT, MODEL_SERVICE, MODEL_TIMEOUT_MS, REQUEST_TIMEOUT_MS } = config;
  if (RANKER !== 'embedded' && MODEL_ENDPOINT === undefined && MODEL_SERVICE === undefined) {
    yield broken(
      `RANKER=${RANKER} needs the address of a model service`,
      'Set MODEL_ENDPOINT, or MODEL_SERVICE to have Snowflake asked for it; or set RANKER=embedded.',
    );
  }
  if (RANKER === 'embedded' && (MODEL_ENDPOINT ?? MODEL_SERVICE) !== undefined) {
    yield warning(
      'a model service is named, and RANKER=embedded does not use it',
      'Set RANKER=service-then-embedded, or unset MODEL_ENDPOINT and MODEL_SERVICE.',
    );
  }
  if (MODEL_ENDPOINT !== undefined && MODEL_SERVICE !== undefined) {
    yield warning('MODEL_ENDPOINT is used; MODEL_SERVICE is not', 'Unset one of the two.');
  }
  if (RANKER !== 'embedded' && MODEL_TIMEOUT_MS >= REQUEST_TIMEOUT_MS) {
    yield warning(
      'the model service may take longer (MODEL_TIMEOUT_MS) than the request that waits for it (REQUEST_TIMEOUT_MS)',
      `Set MODEL_TIMEOUT_MS below ${REQUEST_TIMEOUT_MS}.`,
    );
  }
}

function* carelessSecrets(config: Config): Generator<Outcome> {
  for (const name of [
    'SNOWFLAKE_ACCOUNT_URL',
    ...(config.MODEL_TOKEN_FILE ? (['MODEL_ENDPOINT'] as const) : []),
  ] as const) {
    const url = URL.parse(config[name] ?? '');
    if (url?.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
      yield broken(`${name} sends secrets over http, in plain text`, `Set ${name} to an https address.`);
    }
  }
  if (config.SNOWFLAKE_PASSWORD !== undefined && !isLocal(config.SNOWFLAKE_ACCOUNT_URL)) {
    yield warning(
      'SNOWFLAKE_PASSWORD stands in the environment, and Snowflake phases out passwords for services',
      'Set SNOWFLAKE_PRIVATE_KEY_FILE instead: openssl genrsa 2048 | openssl pkcs8 -topk8 -nocrypt -out key.p8; ALTER USER … SET RSA_PUBLIC_KEY.',
    );
  }
  const files = ['SNOWFLAKE_PRIVATE_KEY_FILE', 'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE', 'SNOWFLAKE_PAT_FILE'] as const;
  for (const name of files) {
    const path = config[name];
    if (path === undefined) continue;
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode === undefined) yield broken(`the file ${path} of ${name} is not there`, `Mend ${name}.`);
    else if (process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0) {
      yield warning(`the file ${path} of ${name} can be read by others`, `Run: chmod 600 ${path}`);
    }
  }
}

function isLocal(url: string | undefined): boolean {
  return LOOPBACK.has(URL.parse(url ?? '')?.hostname ?? '');
}
