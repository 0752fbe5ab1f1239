import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { inject } from 'vitest';
import './provided-context.ts';

/** A database that belongs to one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Disconnects whoever is left and removes the database. */
  drop(): Promise<void>;
}

/** The databases that tests clone: `empty` has the tables, `demo` has DEMO_DATA in them as well. */
export const TEMPLATES = { empty: 'template_empty', demo: 'template_demo' } as const;

/** What the template `demo` is filled with. */
export const DEMO_DATA = { customers: 300, seed: 7, asOf: new Date('2026-11-01T00:00:00Z') } as const;

/**
 * A database of one's own, cloned in a fraction of a second.
 * @param template `blank` has no tables at all.
 */
export async function createTestDatabase(template: keyof typeof TEMPLATES | 'blank' = 'demo'): Promise<TestDatabase> {
  const { postgresUrl } = inject('services');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await createDatabase(postgresUrl, name, template === 'blank' ? 'template1' : TEMPLATES[template]);
  return {
    url: urlOf(postgresUrl, name),
    drop: () => runOnServer(postgresUrl, `DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`),
  };
}

/** Creates a database on a server as a copy of another that nobody is connected to. */
export function createDatabase(serverUrl: string, name: string, template: string): Promise<void> {
  return runOnServer(serverUrl, `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}`);
}

/** The connection string of another database on the same server. */
export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

async function runOnServer(serverUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
