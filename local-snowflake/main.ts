import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LocalSnowflake, startLocalSnowflake } from './server.ts';

const HELP = `Usage: node local-snowflake/main.ts [options] [file or folder …]

Starts a local Snowflake on 127.0.0.1 that speaks the protocol of Snowflake's drivers and executes SQL on DuckDB.
All data is in memory and gone when it stops (Ctrl+C). For trying and for tests of correctness, not for load tests.

The SQL files that are named are executed first, as ACCOUNTADMIN; of a folder those whose names begin with a digit, in
order. Example: node local-snowflake/main.ts --port 8084 sql/snowflake/setup

Options:
  --port <n>                  where to listen (default: a free port)
  --account <name>            name of the account (default: LOCAL)
  --user <name>               who may log in (default: SNOWGATE)
  --password <text>           with which password (default: snowgate)
  --public-key <file>         PEM of the user's public key, for key-pair login
  --service-token <file>      file with the token that OAUTH logins must bring, read at each login
  --help                      this text
`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  account: { type: 'string', default: 'LOCAL' },
  user: { type: 'string', default: 'SNOWGATE' },
  password: { type: 'string', default: 'snowgate' },
  'public-key': { type: 'string' },
  'service-token': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const write = (text: string) => process.stdout.write(`${text}\n`);

/** Starts the server, runs the scripts, and stops at SIGINT or SIGTERM. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help) {
    write(HELP);
    return;
  }
  const keyFile = values['public-key'];
  const publicKey = keyFile === undefined ? {} : { publicKey: readFileSync(keyFile, 'utf8') };
  const server = await startLocalSnowflake({
    port: portOf(values.port),
    account: values.account,
    users: [{ name: values.user, password: values.password, ...publicKey }],
    ...(values['service-token'] !== undefined && { serviceTokenFile: values['service-token'] }),
  });
  const stop = () => void server.stop();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const file of positionals.flatMap(sqlFilesOf)) await runFile(server, file);
  } catch (error) {
    await server.stop();
    throw error;
  }
  write(
    `The local Snowflake listens on ${server.accessUrl} (account ${server.account}, user ${values.user}). Ctrl+C stops it.`,
  );
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${text} is no port: give a number up to 65535.`);
  return port;
}

/** The file itself, or the numbered SQL files of a folder. */
function sqlFilesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((file) => /^\d.*\.sql$/.test(file))
    .sort()
    .map((file) => join(path, file));
}

async function runFile(server: LocalSnowflake, file: string): Promise<void> {
  try {
    await server.runScript(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  write(`${file} done`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
