import { join } from 'node:path';

/** What a command may touch of the process it runs in. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For results: tables, JSON. */
  readonly stdout: NodeJS.WritableStream;
  /** For people: progress, what to open, what went wrong. */
  readonly stderr: NodeJS.WriteStream;
}

const ROOT = join(import.meta.dirname, '../..');

/** Where the installation keeps what commands need. */
export const INSTALLATION = {
  migrations: join(ROOT, 'sql/postgres/migrations'),
  statements: join(ROOT, 'sql/postgres/queries'),
  explorer: join(ROOT, 'web/dist'),
  /** The ranking model that ships. */
  model: join(ROOT, 'models/ranking/1'),
} as const;
