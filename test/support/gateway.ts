import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createApp, type App } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import type { StatementName } from '../../src/generated/statement-names.ts';
import { createLogger, type Logger } from '../../src/logger.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { OPERATIONS_FOLDER } from './folders.ts';
import { recordingStore, type HeldAnswer, type RecordingStore } from './recording-store.ts';

/** An answer of `/graphql`. */
export interface Answer {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers have many shapes; a wrong path fails the test
  readonly data: any;
  readonly errors: readonly TestError[] | undefined;
  readonly extensions: unknown;
}

/** An error of an answer. */
export interface TestError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A whole gateway of this process on a free port. */
export interface TestGateway {
  readonly url: string;
  /** Empty where no Postgres serves. */
  readonly databaseUrl: string;
  readonly app: App;
  /** Sends GraphQL text over HTTP. */
  ask(query: string, variables?: object): Promise<Answer>;
  /** Sends a file of schema/operations, by its name without `.graphql`. */
  run(operation: string, variables: object): Promise<Answer>;
  takeStatements(): StatementName[];
  /** Makes a statement fail until it is called with null. */
  failStatement(statement: StatementName, error: Error | null): void;
  /** Keeps the next answer of a statement back. */
  holdAnswer(statement: StatementName): HeldAnswer;
  stop(): Promise<void>;
}

/** Starts a gateway on a migrated database; the entity cache is off unless `settings` turn it on. */
export async function startGateway(
  databaseUrl: string | null,
  settings: Readonly<Record<string, string>> = {},
  logger: Logger = createLogger('silent'),
): Promise<TestGateway> {
  const config = parseConfig({
    PORT: '0',
    EXPLORER: 'false',
    CACHE_TTL_SECONDS: '0',

    ...settings,
  });
  const recorder: { store?: RecordingStore } = {};
  const app = createApp(config, {
    databaseUrl,
    logger,
    wrapStore: (store) => (recorder.store = recordingStore(store)),
  });
  const { url } = await app.start();
  recorder.store?.takeStatements();

  const ask = async (query: string, variables: object = {}): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as Omit<Answer, 'status'>;
    return { status: response.status, data: body.data, errors: body.errors, extensions: body.extensions };
  };
  return {
    url,
    databaseUrl: databaseUrl ?? '',
    app,
    ask,
    run: (operation, variables) => ask(operationText(operation), variables),
    takeStatements: () => recorder.store?.takeStatements() ?? [],
    failStatement: (statement, error) => recorder.store?.failStatement(statement, error),
    holdAnswer(statement) {
      if (!recorder.store) throw new Error('The gateway did not start');
      return recorder.store.holdAnswer(statement);
    },
    stop: () => app.stop(),
  };
}

/** A gateway on demo data of its own for the tests of a `describe`; call the result inside a test. */
export function useGateway(settings: Readonly<Record<string, string>> = {}): () => TestGateway {
  let database: TestDatabase | undefined;
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
    gateway = await startGateway(database.url, settings);
  });
  afterAll(async () => {
    await gateway?.stop();
    await database?.drop();
  });
  return () => {
    if (!gateway) throw new Error('The gateway did not start');
    return gateway;
  };
}

/** The text of a file of schema/operations. */
function operationText(operation: string): string {
  return readFileSync(join(OPERATIONS_FOLDER, `${operation}.graphql`), 'utf8');
}
