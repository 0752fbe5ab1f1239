import type { EntityMemory } from './cache/entity-cache.ts';
import { DatasetVersion } from './cache/dataset-version.ts';
import type { PostgresClient } from './clients/postgres.ts';
import type { CurrentSnapshots } from './datasources/current-snapshots.ts';
import type { Logger } from './logger.ts';

/** What hears of changes. */
export interface WatchDependencies {
  /** Null where no Postgres serves: then nobody tells, and rows grow old by their lifetime alone. */
  readonly postgres: PostgresClient | null;
  readonly snapshots: CurrentSnapshots;
  readonly dataset: DatasetVersion;
}

/** The version where nothing names one. */
const UNVERSIONED = 'unversioned';
const READ_DEADLINE_MS = 5000;
/** The same text as `dataset_changed` brings. */
const VERSION_QUERY = {
  name: 'dataset_version',
  text: 'SELECT extract(epoch FROM completed_at)::text AS version FROM dataset',
  values: [],
};

/** The version of the data in Postgres; what memory holds goes whenever it changes. Nothing is read before `watchChanges`. */
export function createDatasetVersion(
  postgres: PostgresClient | null,
  { memory, logger }: { readonly memory: EntityMemory; readonly logger: Logger },
): DatasetVersion {
  return new DatasetVersion({
    async read() {
      if (!postgres) return UNVERSIONED;
      const [row] = await postgres.query<{ version: string | null }>(VERSION_QUERY, READ_DEADLINE_MS);
      return row?.version ?? null;
    },
    onChange: () => {
      memory.clear();
    },
    onFailure: (error) => {
      logger.warn({ err: error }, 'dataset_version_unknown');
    },
  });
}

/**
 * Hears from Postgres of stock that changed and of data that was replaced. Resolves when the version of the data is
 * known, or cannot be read for now.
 * @returns what ends it.
 */
export async function watchChanges({ postgres, snapshots, dataset }: WatchDependencies): Promise<() => Promise<void>> {
  const stock = postgres?.listen(
    'inventory_changed',
    (region) => {
      snapshots.markStale(region);
    },
    (isAgain) => {
      if (isAgain) snapshots.markAllStale();
    },
  );
  const data = postgres?.listen(
    'dataset_changed',
    (version) => {
      dataset.announce(version);
    },
    () => void dataset.refresh(),
  );
  await dataset.refresh();
  return async () => {
    dataset.close();
    await Promise.all([stock?.close(), data?.close()]);
  };
}
