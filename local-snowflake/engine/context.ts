import type { Clock } from '../clock.ts';
import type { Database } from '../duckdb/database.ts';
import type { Catalog } from './catalog.ts';
import type { RunHistory } from './run-history.ts';

/** What all sessions share. */
export interface Account {
  readonly name: string;
  readonly database: Database;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly history: RunHistory;
}
