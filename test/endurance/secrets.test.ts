import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startLocalSnowflake, type LocalSnowflake } from '../../local-snowflake/server.ts';
import { SETTINGS } from '../../src/config.ts';
import { setUpHybridTables } from '../support/contract-stores.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { formsOf, plant, settingsForText, withSecret } from '../support/planted-secrets.ts';
import { startRedisServer, type RedisServer } from '../support/redis-server.ts';
import { commandNames, type CommandRun } from '../support/run-commands.ts';
import { runCommands } from '../support/spawned-commands.ts';

/** Settings that say where something is or what it is called. */
const HARMLESS = [
  'HOST',
  'DATA_FOLDER',
  'MODEL_FOLDER',
  'MODEL_SERVICE',
  'SNOWFLAKE_ACCOUNT',
  'SNOWFLAKE_HOST',
  'SNOWFLAKE_DATABASE',
  'SNOWFLAKE_SCHEMA',
  'SNOWFLAKE_WAREHOUSE',
  'SNOWFLAKE_ROLE',
  'SNOWFLAKE_USER',
];
/** Settings that hold a secret, name a file with one, or may have one before the host. */
const SECRET = {
  DATABASE_URL: plant('DATABASE_URL'),
  REDIS_URL: plant('REDIS_URL'),
  SNOWFLAKE_ACCOUNT_URL: plant('SNOWFLAKE_ACCOUNT_URL'),
  SNOWFLAKE_PASSWORD: plant('SNOWFLAKE_PASSWORD'),
  SNOWFLAKE_PRIVATE_KEY_FILE: '',
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: plant('PASSPHRASE'),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE: plant('PASSPHRASE'),
  SNOWFLAKE_PAT: plant('SNOWFLAKE_PAT'),
  SNOWFLAKE_PAT_FILE: plant('SNOWFLAKE_PAT_FILE'),
  SNOWFLAKE_TOKEN_FILE: plant('SNOWFLAKE_TOKEN_FILE'),
  MODEL_ENDPOINT: plant('MODEL_ENDPOINT'),
  MODEL_TOKEN_FILE: plant('MODEL_TOKEN_FILE'),
};
const REQUEST_SECRET = plant('REQUEST');
const HEADERS = {
  authorization: `Bearer ${REQUEST_SECRET}`,
  'x-api-key': REQUEST_SECRET,
  cookie: `a=${REQUEST_SECRET}`,
};
const LEVELS = SETTINGS.LOG_LEVEL.unwrap().options;

/** How each command is run; a new command must be added here. */
const COMMANDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  serve: [['serve']],
  ranker: [['ranker']],
  sync: [['sync', '--dry-run']],
  token: [
    ['token', '--endpoint', 'abc-x-y.snowflakecomputing.app'],
    ['token', '--endpoint', 'abc-x-y.snowflakecomputing.app', '--with', 'pat-exchange'],
    ['token', '--print', 'header', '--with', 'pat'],
    ['token', '--print', 'jwt'],
  ],
  migrate: [['migrate']],
  seed: [
    ['seed', '--customers', '100'],
    ['seed', '--to', 'snowflake'],
  ],
  import: [['import', 'movielens', 'movies', '--dry-run']],
  score: [
    ['score', '--first', '1', '--workers', '1'],
    ['score', 'neighbours'],
    ['score', 'ratings'],
    ['score', 'propensity'],
  ],
  'export-training': [['export-training', '--out', 'out']],
  'export-ratings': [['export-ratings', '--out', 'out']],
  models: [
    ['models', 'list'],
    ['models', 'use', 'nothing'],
    ['models', 'verify'],
  ],
  doctor: [['doctor']],
  // Works the first time; after that the folder is not new.
  deploy: [
    [
      'deploy',
      'render',
      '--out',
      'rendered',
      '--account',
      'a-b',
      '--image-tag',
      '1',
      '--postgres-clients',
      '203.0.113.0/24',
    ],
  ],
  config: [['config']],
};
const SERVING = new Set(['serve', 'ranker']);

type Environment = Readonly<Record<string, string>>;

let folder: string;
let files: Readonly<Record<'key' | 'badKey' | 'passphrase' | 'pat' | 'service' | 'model', string>>;
let pem: string;
let local: LocalSnowflake;
let redis: RedisServer;
let echo: Server;
let echoUrl: string;
let heard: string;
let databases: readonly TestDatabase[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-secrets-'));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const passphrase = SECRET.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE;
  pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString();
  files = {
    key: await write('key', pem),
    badKey: await write(
      'bad-key',
      `-----BEGIN PRIVATE KEY-----\n${SECRET.SNOWFLAKE_PASSWORD}\n-----END PRIVATE KEY-----\n`,
    ),
    passphrase: await write('passphrase', passphrase),
    pat: await write('pat', SECRET.SNOWFLAKE_PAT_FILE),
    service: await write('service', SECRET.SNOWFLAKE_TOKEN_FILE),
    model: await write('model', SECRET.MODEL_TOKEN_FILE),
  };
  await mkdir(join(folder, 'movies'));
  await write('movies/ratings.csv', 'userId,movieId,rating,timestamp\n1,1,4.0,964982703\n');
  await write('movies/movies.csv', 'movieId,title,genres\n1,Toy Story (1995),Comedy\n');
  local = await startLocalSnowflake({
    users: [
      {
        name: 'SNOWGATE',
        password: SECRET.SNOWFLAKE_PASSWORD,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        accessTokens: [SECRET.SNOWFLAKE_PAT_FILE],
      },
    ],
    serviceTokenFile: files.service,
  });
  await setUpHybridTables(local);
  redis = await startRedisServer();
  await onRedis(`CONFIG SET requirepass ${SECRET.REDIS_URL}`);
  [echo, echoUrl] = await startEcho();
  databases = await Promise.all([createTestDatabase('demo'), createTestDatabase('empty')]);
  await onPostgres(`CREATE ROLE planted LOGIN SUPERUSER PASSWORD '${SECRET.DATABASE_URL}'`);
});

afterAll(async () => {
  await onPostgres('DROP ROLE planted');
  for (const database of databases) await database.drop();
  echo.closeAllConnections();
  echo.close();
  await redis.stop();
  await local.stop();
  await rm(folder, { recursive: true });
});

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

async function onRedis(command: string): Promise<void> {
  const { port, hostname } = new URL(redis.url);
  const socket = connect(Number(port), hostname);
  socket.write(`${command}\r\n`);
  await once(socket, 'data');
  socket.destroy();
}

async function onPostgres(statement: string): Promise<void> {
  const client = new Client({ connectionString: inject('services').postgresUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** Refuses everything and repeats what it was sent: the worst that a server or a proxy can do. */
async function startEcho(): Promise<[Server, string]> {
  heard = '';
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const said = `${body} ${String(request.url)} ${JSON.stringify(request.headers)}`;
      heard += said;
      const isLogin = request.url?.startsWith('/session/') === true;
      response.writeHead(isLogin ? 200 : 401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ success: false, code: '390100', error: said, message: `refused: ${said}`, data: { said } }),
      );
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return [server, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`];
}

/** The ways to log in to Snowflake. */
function logins(): readonly Environment[] {
  const key = { SNOWFLAKE_USER: 'SNOWGATE', SNOWFLAKE_PRIVATE_KEY_FILE: files.key };
  return [
    { SNOWFLAKE_USER: 'SNOWGATE', SNOWFLAKE_PASSWORD: SECRET.SNOWFLAKE_PASSWORD },
    { ...key, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: SECRET.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE },
    { ...key, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE: files.passphrase },
    { SNOWFLAKE_PAT_FILE: files.pat },
    { SNOWFLAKE_TOKEN_FILE: files.service },
  ];
}

/** Settings under which everything works. */
function working(database = 0): Environment {
  return {
    PORT: '0',
    EXPLORER: 'false',
    DATA_FOLDER: join(folder, 'data'),
    DATABASE_URL: withSecret(databases[database]?.url ?? '', 'planted', SECRET.DATABASE_URL),
    REDIS_URL: withSecret(redis.url, '', SECRET.REDIS_URL),
    SERVING_STORES: 'postgres,snowflake',
    RANKER: 'service-then-embedded',
    MODEL_ENDPOINT: echoUrl,
    MODEL_TOKEN_FILE: files.model,
    SNOWFLAKE_ACCOUNT: local.account,
    SNOWFLAKE_ACCOUNT_URL: local.accessUrl,
    SNOWFLAKE_DATABASE: 'snowgate',
    SNOWFLAKE_SCHEMA: 'serving',
    SNOWFLAKE_LOGIN_TIMEOUT_MS: '5000',
    SNOWFLAKE_PAT: SECRET.SNOWFLAKE_PAT,
    ...logins()[0],
  };
}

/** Settings under which everything fails in one way. */
function failing(): Readonly<Record<'refused' | 'unreachable' | 'wrong' | 'spoilt', Environment>> {
  const user = { key: logins()[1] };
  const at = (url: string, names: Environment): Environment =>
    Object.fromEntries(
      Object.entries(names).map(([name, scheme]) => [
        name,
        withSecret(`${scheme}://${url}`, 'user', SECRET[name as keyof typeof SECRET]),
      ]),
    );
  return {
    refused: {
      ...working(),
      ...user.key,
      DATABASE_URL: withSecret(databases[0]?.url ?? '', 'nobody', SECRET.DATABASE_URL),
      REDIS_URL: withSecret(inject('services').redisUrl, '', SECRET.REDIS_URL),
      SNOWFLAKE_ACCOUNT_URL: echoUrl,
    },
    unreachable: {
      ...working(),
      ...at('127.0.0.1:1/x', { DATABASE_URL: 'postgres', REDIS_URL: 'redis' }),
      SNOWFLAKE_ACCOUNT_URL: 'http://127.0.0.1:1',
      MODEL_ENDPOINT: 'http://127.0.0.1:1',
    },
    wrong: {
      ...working(),
      ...at('somewhere/x', {
        DATABASE_URL: 'mysql',
        REDIS_URL: 'mysql',
        SNOWFLAKE_ACCOUNT_URL: 'ftp',
        MODEL_ENDPOINT: 'ftp',
      }),
    },
    spoilt: {
      ...working(),
      ...at('127.0.0.1:1', { SNOWFLAKE_ACCOUNT_URL: 'http', MODEL_ENDPOINT: 'http' }),
      SNOWFLAKE_PRIVATE_KEY_FILE: files.badKey,
      SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: SECRET.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE,
    },
  };
}

function runsOf(environment: Environment, names: readonly string[], levels: readonly string[] = LEVELS): CommandRun[] {
  return levels.flatMap((LOG_LEVEL) =>
    names.flatMap((name) =>
      (COMMANDS[name] ?? []).map((words) => ({
        words: LOG_LEVEL === 'debug' ? ['--verbose', ...words] : words,
        environment: { ...environment, LOG_LEVEL },
        ...(SERVING.has(name) && { servesUntilAsked: HEADERS }),
        ...(name === 'token' && { dropsStdout: true }),
      })),
    ),
  );
}

/** The secrets that are in a text, in whatever form. */
function secretsIn(output: string): readonly string[] {
  const secrets = { ...SECRET, REQUEST: REQUEST_SECRET };
  const found = Object.entries(secrets).filter(
    ([, secret]) => secret !== '' && formsOf(secret).some((form) => output.includes(form)),
  );
  const keyLines = pem.split('\n').filter((line) => line.length > 40);
  if (keyLines.some((line) => output.includes(line))) found.push(['key', '']);
  if (/eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/.test(output)) found.push(['jwt', '']);
  return found.map(([name]) => name);
}

const brief = Object.keys(COMMANDS).filter((name) => !SERVING.has(name));

describe('secrets', { timeout: 240_000 }, () => {
  it('knows of every setting whether it may hold a secret, and of every command how to run it', () => {
    expect([...Object.keys(SECRET), ...HARMLESS].sort()).toEqual([...settingsForText()].sort());
    expect(Object.keys(COMMANDS).sort()).toEqual([...commandNames()].sort());
  });

  it('would see a secret in any form', () => {
    const secret = SECRET.SNOWFLAKE_PASSWORD;
    for (const said of [
      secret,
      withSecret('postgres://h', 'u', secret),
      new URLSearchParams({ secret }).toString(),
      ...['', 'u', 'us', 'user:'].map((before) => Buffer.from(`${before}${secret} and on`).toString('base64')),
      Buffer.from(secret).toString('hex'),
    ])
      expect(secretsIn(`before ${said} after`), said).toEqual(['SNOWFLAKE_PASSWORD']);
    expect(secretsIn(pem)).toEqual(['key']);
  });

  it('are in no output of any command at any level, whether it works or fails', async () => {
    const { refused, unreachable, wrong, spoilt } = failing();
    const elsewhere = logins().map((login) => ({ ...working(), SNOWFLAKE_PASSWORD: '', ...login }));
    const failures = [
      ...runsOf(
        refused,
        brief.filter((name) => name !== 'doctor'),
      ),
      // Its findings are its output: it logs nothing at any level.
      ...runsOf(refused, ['doctor'], ['debug']),
      ...[unreachable, wrong, spoilt].flatMap((environment) => runsOf(environment, brief, ['debug'])),
      ...elsewhere.flatMap((login) =>
        runsOf({ ...login, SNOWFLAKE_ACCOUNT_URL: echoUrl }, ['sync', 'doctor'], ['debug']),
      ),
    ];
    const successes = [
      ...runsOf(working(), ['sync', 'token', 'migrate', 'config']),
      ...runsOf(working(), ['doctor', 'import', 'score', 'export-training'], ['debug']),
      // To copy them to Snowflake as well takes long, and says no more.
      ...runsOf(working(1), ['seed'], ['debug']).slice(0, 1),
      ...elsewhere.flatMap((login) => runsOf(login, ['sync', 'config'], ['debug'])),
    ];
    const serving = [
      ...runsOf(working(), ['serve', 'ranker']),
      ...[refused, unreachable, wrong, spoilt].flatMap((each) => runsOf(each, ['serve'], ['debug'])),
      ...runsOf({ ...refused, SERVING_STORES: 'snowflake' }, ['serve'], ['debug']),
    ];
    const outcomes = [
      await runCommands({ parallel: failures, serial: serving }, folder),
      await runCommands({ parallel: successes, serial: [] }, folder),
    ];
    for (const { output } of outcomes) expect(secretsIn(output)).toEqual([]);

    // What was looked through was worth it: every command worked, every command failed, and the secrets were in use.
    const codes = outcomes.flatMap((outcome) => outcome.codes);
    const ended = [...failures, ...serving, ...successes].map(({ words }, index) => {
      const name = words.find((word) => word !== '--verbose') ?? '';
      return `${name} ${String(codes[index])}`;
    });
    const both = Object.keys(COMMANDS).flatMap((name) => [`${name} 0`, `${name} 1`]);
    // The model service of these tests is no model, and a model server does not notice what is wrong with others.
    // The demo data has no ratings.
    const impossible = new Set(['export-ratings 0', 'doctor 0', 'ranker 1']);
    const missing = both.filter((each) => !impossible.has(each) && !ended.includes(each));
    const errors = outcomes.flatMap(({ output }) => output.split('\n').filter((line) => /error/i.test(line)));
    expect(missing, errors.join('\n')).toEqual([]);
    expect(secretsIn(heard)).toEqual(
      expect.arrayContaining([
        'SNOWFLAKE_PASSWORD',
        'SNOWFLAKE_PAT',
        'SNOWFLAKE_PAT_FILE',
        'SNOWFLAKE_TOKEN_FILE',
        'MODEL_TOKEN_FILE',
        'jwt',
      ]),
    );
  });
});
